//! Environment variables as limits, and those that are none.

use crate::world::world;
use corewise_model::{Allowed, Known, LimitSource};
use corewise_probe::cores::allowed;

/// The answer in a machine of 16 CPUs without a quota.
fn with(variables: &[(&str, &str)]) -> Allowed {
    allowed(&world("kubernetes-burstable", variables), None).unwrap()
}

fn opinion(answer: &Allowed, who: &str) -> Known<u32> {
    answer.opinions.iter().find(|opinion| opinion.who == who).unwrap().cores.clone()
}

#[test]
fn batch_systems_limit() {
    let cases: &[(&[(&str, &str)], f64)] = &[
        (&[("SLURM_CPUS_PER_TASK", "6")], 6.0),
        (&[("SLURM_CPUS_PER_TASK", "2"), ("SLURM_CPUS_ON_NODE", "8")], 2.0),
        (&[("SLURM_CPUS_ON_NODE", "8"), ("SLURM_TASKS_PER_NODE", "4")], 8.0),
        (&[("SLURM_CPUS_ON_NODE", "8"), ("SLURM_STEP_TASKS_PER_NODE", "4")], 2.0),
        (&[("SLURM_JOB_CPUS_PER_NODE", "4(x2),12"), ("SLURM_NODEID", "1")], 4.0),
        (&[("SLURM_JOB_CPUS_PER_NODE", "4(x2),12"), ("SLURM_NODEID", "2")], 12.0),
        (&[("PBS_JOBID", "7.server"), ("NCPUS", "3")], 3.0),
        (&[("PBS_NUM_PPN", "5")], 5.0),
        (&[("LSB_DJOB_NUMPROC", "7"), ("LSB_MAX_NUM_PROCESSORS", "9")], 7.0),
        (&[("LSB_MAX_NUM_PROCESSORS", "9")], 9.0),
        (&[("NSLOTS", "4")], 4.0),
    ];
    for (variables, cores) in cases {
        let answer = with(variables);
        assert!((answer.cores.0 - cores).abs() < 1e-9, "{variables:?}: {}", answer.cores);
        let decider = &answer.limits[answer.decided_by[0] as usize];
        assert_eq!(decider.source, LimitSource::BatchSystem, "{variables:?}");
        assert!(answer.gaps.is_empty(), "{:?}", answer.gaps);
    }
}

#[test]
fn names_used_elsewhere_and_pool_sizes_are_no_limits() {
    for (name, value) in
        [("NCPUS", "3"), ("OMP_NUM_THREADS", "1"), ("OMPI_COMM_WORLD_LOCAL_SIZE", "2")]
    {
        assert!((with(&[(name, value)]).cores.0 - 16.0).abs() < 1e-9, "{name}");
    }
}

#[test]
fn users_limit_python_and_loky() {
    let answer = with(&[("PYTHON_CPU_COUNT", "5")]);
    assert_eq!((answer.threads, answer.decided_by.len()), (5, 1));
    assert_eq!(opinion(&answer, "os.cpu_count()"), Known::Known(5));
    assert_eq!(opinion(&answer, "os.process_cpu_count()"), Known::Known(5));
    assert_eq!(opinion(&answer, "joblib.cpu_count()"), Known::Known(5));
    let answer = with(&[("LOKY_MAX_CPU_COUNT", "3")]);
    assert_eq!(answer.threads, 3);
    assert_eq!(opinion(&answer, "os.cpu_count()"), Known::Known(16));
    assert_eq!(opinion(&answer, "joblib.cpu_count()"), Known::Known(3));
    assert_eq!(with(&[("PYTHON_CPU_COUNT", "default")]).threads, 16);
    assert_eq!(with(&[("PYTHON_CPU_COUNT", "64")]).threads, 16);
}

#[test]
fn nonsense_is_named_and_ignored() {
    for value in ["", " ", "0", "-2", "x", "1e3", "99999999999999999999", "4(x2"] {
        for name in ["SLURM_CPUS_PER_TASK", "SLURM_JOB_CPUS_PER_NODE", "LOKY_MAX_CPU_COUNT"] {
            let answer = with(&[(name, value)]);
            assert!((answer.cores.0 - 16.0).abs() < 1e-9, "{name}={value}");
            let named = answer.gaps.iter().any(|gap| gap.contains(name));
            assert_eq!(named, !value.trim().is_empty(), "{name}={value}: {:?}", answer.gaps);
        }
    }
}

#[test]
fn thread_settings_change_what_others_say() {
    let answer = with(&[("OMP_NUM_THREADS", "3,2"), ("OMP_THREAD_LIMIT", "8")]);
    assert_eq!(opinion(&answer, "omp_get_max_threads()"), Known::Known(3));
    assert_eq!(opinion(&answer, "nproc (coreutils before 9.8)"), Known::Known(3));
    assert_eq!(opinion(&answer, "omp_get_num_procs()"), Known::Known(16));
    let answer = with(&[("OPENBLAS_NUM_THREADS", "99")]);
    assert_eq!(opinion(&answer, "OpenBLAS"), Known::Known(16));
    let answer = with(&[("OMP_THREAD_LIMIT", "8")]);
    assert_eq!(opinion(&answer, "nproc (coreutils 9.8 and newer)"), Known::Known(8));
}
