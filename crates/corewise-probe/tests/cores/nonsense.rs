//! Whatever the files hold, there is an answer, and it is sane.

use std::collections::BTreeMap;
use std::fs;

use corewise_probe::{World, cores::allowed};
use proptest::prelude::*;

const FILES: &[&str] = &[
    "proc/self/status",
    "proc/self/cgroup",
    "proc/self/mountinfo",
    "proc/cpuinfo",
    "proc/stat",
    "sys/devices/system/cpu/online",
    "sys/devices/system/cpu/cpu0/topology/core_cpus_list",
    "sys/devices/system/node/node0/cpulist",
    "sys/fs/cgroup/cpu.max",
    "sys/fs/cgroup/cpu.stat",
    "sys/fs/cgroup/cgroup.controllers",
    "sys/fs/cgroup/cpuset.cpus.effective",
    "sys/fs/cgroup/a/cpu.max",
    "sys/fs/cgroup/a/cpu.stat",
    "sys/fs/cgroup/cpu/cpu.cfs_quota_us",
    "sys/fs/cgroup/cpu/cpu.cfs_period_us",
    "sys/fs/cgroup/cpuset/cpuset.cpus",
];

const VARIABLES: &[&str] = &[
    "SLURM_CPUS_PER_TASK",
    "SLURM_CPUS_ON_NODE",
    "SLURM_JOB_CPUS_PER_NODE",
    "SLURM_STEP_TASKS_PER_NODE",
    "SLURM_NODEID",
    "PBS_NUM_PPN",
    "LSB_MCPU_HOSTS",
    "LSB_DJOB_NUMPROC",
    "NSLOTS",
    "PYTHON_CPU_COUNT",
    "LOKY_MAX_CPU_COUNT",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
];

/// Right pieces, wrong pieces and noise, so that deep code is reached too.
fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(vec![
            "0::/", "0::/a", "0::/../x", "0::/a/../../b", "1:cpu,cpuacct:/", "1:cpu:/a", "2:cpuset:/", "\n",
            "1 2 0:3 / /sys/fs/cgroup rw - cgroup2 c rw\n", "1 2 0:3 /.. /sys/fs/cgroup rw - cgroup2 c rw\n",
            "1 2 0:3 / /sys/fs/cgroup/cpu rw - cgroup c rw,cpu\n", "1 2 0:3 / /sys/fs/cgroup/cpuset rw - cgroup c rw,cpuset\n",
            "Cpus_allowed_list:\t0-1\n", "Cpus_allowed_list:\t7-3\n", "Cpus_allowed_list:\t\n", "State:\tZ (zombie)\n",
            "max", "max 100000", "150000 100000", "1 1000000000000000", "0 0", "-1", "100000", "0-3", "0-1023", "0", ",", "-",
            "nr_periods 5\nnr_throttled 7\nthrottled_usec 18446744073709551615\nthrottled_time 1\n",
            "cpu0 1 2\ncpu1 1 2\n", "processor : 0\nphysical id : 0\ncore id : 0\n", "4(x2)", "4(x4294967295),2", "default",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,20}",
        1 => any::<u64>().prop_map(|n| n.to_string()),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn an_answer_is_always_sane(
        files in prop::collection::vec(prop::option::weighted(0.8, text()), FILES.len()),
        variables in prop::collection::vec(prop::option::weighted(0.3, text()), VARIABLES.len()),
        raw in prop::collection::vec(any::<u8>(), 0..40),
        broken in 0..FILES.len(),
    ) {
        let root = tempfile::tempdir().unwrap();
        for (index, (path, text)) in FILES.iter().zip(&files).enumerate() {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            match text {
                _ if index == broken => fs::write(path, &raw).unwrap(),
                Some(text) => fs::write(path, text).unwrap(),
                None => {}
            }
        }
        let environment: BTreeMap<String, String> = VARIABLES
            .iter()
            .zip(&variables)
            .filter_map(|(name, text)| Some(((*name).to_owned(), text.clone()?)))
            .collect();
        let answer = allowed(&World::recorded(root.path(), environment), None).unwrap();
        prop_assert!(answer.cores.0.is_finite() && answer.cores.0 >= 0.001, "{:?}", answer.cores);
        prop_assert!(answer.cores.0 <= answer.machine.online.len() as f64);
        prop_assert!(answer.threads >= 1 && answer.threads == answer.cores.threads());
        prop_assert!(!answer.decided_by.is_empty());
        for index in &answer.decided_by {
            prop_assert!(answer.limits[*index as usize].cores == answer.cores);
        }
        for limit in &answer.limits {
            prop_assert!(limit.cores.0 >= answer.cores.0);
        }
    }
}
