//! Allowed cores in recorded file trees of many kinds of hosts; see worlds/README.md.

use crate::world::{names, world};
use corewise_model::{Allowed, Known, LimitSource, Pid};
use corewise_probe::cores::allowed;

/// Everything in an answer but the opinions' reasons, one fact a line.
fn facts(answer: &Allowed) -> String {
    let mut lines = vec![format!("{} cores, {} threads", answer.cores, answer.threads)];
    for (index, limit) in (0u32..).zip(&answer.limits) {
        let mark = if answer.decided_by.contains(&index) { '>' } else { ' ' };
        lines.push(format!(
            "{mark} {:?} {}: {} ({})",
            limit.source, limit.cores, limit.detail, limit.from
        ));
    }
    for group in &answer.throttling {
        lines.push(format!(
            "throttled {} of {} periods, {}: {}",
            group.throttled_periods, group.periods, group.throttled, group.path
        ));
    }
    let machine = &answer.machine;
    lines.push(format!(
        "machine: {}; CPUs {}; {} physical cores; {} CPUs a core; {} nodes",
        machine.cpu_model,
        machine.online,
        machine.physical_cores,
        machine.threads_per_core,
        machine.numa_nodes
    ));
    lines.extend(answer.opinions.iter().map(|o| format!("{} says {}", o.who, o.cores)));
    lines.extend(answer.gaps.iter().map(|gap| format!("gap: {gap}")));
    lines.join("\n")
}

fn ask(name: &str) -> Allowed {
    let pid = (name == "kubernetes-node").then_some(Pid(4711));
    allowed(&world(name, &[]), pid).unwrap()
}

#[test]
fn every_world_has_its_snapshot() {
    for name in names() {
        insta::assert_snapshot!(name.clone(), facts(&ask(&name)));
    }
}

/// What the hosts' descriptions say, by hand: world, cores, threads, what decides.
#[test]
fn every_world_has_the_cores_that_its_host_was_given() {
    use LimitSource::{Affinity, BatchSystem, Cpuset, Online, Quota};
    let expected: &[(&str, f64, u32, &[LimitSource])] = &[
        ("docker-v1-host", 1.0, 1, &[Quota]),
        ("docker-v1-private", 2.5, 3, &[Quota]),
        ("docker-v2-host", 2.0, 2, &[Quota]),
        ("docker-v2-private", 1.5, 2, &[Quota]),
        ("empty-cpu-max", 4.0, 4, &[Online, Affinity]),
        ("hybrid", 2.5, 3, &[Quota]),
        ("kubernetes-burstable", 16.0, 16, &[Online, Affinity, Cpuset]),
        ("kubernetes-burstable-v1", 0.75, 1, &[Quota]),
        ("kubernetes-guaranteed", 2.0, 2, &[Affinity, Cpuset, Quota]),
        ("kubernetes-node", 1.0, 1, &[Quota]),
        ("mount-above-namespace", 2.0, 2, &[Online, Affinity, Cpuset]),
        ("nested-parent-tighter", 3.0, 3, &[Quota]),
        ("offline-cpus", 3.0, 3, &[Online, Affinity, Cpuset]),
        ("outside-namespace", 2.0, 2, &[Online, Affinity]),
        ("slurm-step", 8.0, 8, &[Affinity, BatchSystem]),
        ("slurm-step-tasks", 16.0 / 3.0, 5, &[BatchSystem]),
        ("systemd-scope", 2.4, 2, &[Quota]),
        ("v1-nested", 3.0, 3, &[Quota]),
    ];
    assert_eq!(expected.iter().map(|(name, ..)| (*name).to_owned()).collect::<Vec<_>>(), names());
    for (name, cores, threads, decided_by) in expected {
        let answer = ask(name);
        assert!((answer.cores.0 - cores).abs() < 1e-9, "{name}: {}", answer.cores);
        assert_eq!(answer.threads, *threads, "{name}");
        let decided: Vec<LimitSource> =
            answer.decided_by.iter().map(|i| answer.limits[*i as usize].source).collect();
        assert_eq!(decided, *decided_by, "{name}");
    }
}

fn opinion(answer: &Allowed, who: &str) -> Known<u32> {
    answer.opinions.iter().find(|opinion| opinion.who == who).unwrap().cores.clone()
}

#[test]
fn joblib_sees_a_quota_at_the_mount_point_alone() {
    assert_eq!(opinion(&ask("docker-v2-private"), "joblib.cpu_count()"), Known::Known(2));
    assert_eq!(opinion(&ask("docker-v2-host"), "joblib.cpu_count()"), Known::Known(8));
    assert_eq!(opinion(&ask("docker-v1-host"), "joblib.cpu_count()"), Known::Known(1));
    assert_eq!(opinion(&ask("kubernetes-node"), "joblib.cpu_count()"), Known::Known(4));
}

#[test]
fn nproc_and_rust_walk_up_and_round_differently() {
    let nested = ask("nested-parent-tighter");
    assert_eq!(opinion(&nested, "nproc (coreutils before 9.8)"), Known::Known(16));
    assert_eq!(opinion(&nested, "nproc (coreutils 9.8 and newer)"), Known::Known(3));
    let fraction = ask("docker-v2-private");
    assert_eq!(opinion(&fraction, "nproc (coreutils 9.8 and newer)"), Known::Known(2));
    assert_eq!(opinion(&fraction, "Rust's available_parallelism()"), Known::Known(1));
    // The pod's own name for its group is `/`, whatever its node calls it.
    let pod = ask("kubernetes-node");
    // `nproc` there obeys the pod's OMP_NUM_THREADS.
    assert_eq!(opinion(&pod, "nproc (coreutils 9.8 and newer)"), Known::Known(16));
    assert_eq!(opinion(&pod, "Rust's available_parallelism()"), Known::Known(4));
    assert_eq!(opinion(&pod, "dask.system.CPU_COUNT"), Known::Known(4));
    assert_eq!(opinion(&ask("hybrid"), "Rust's available_parallelism()"), Known::Known(2));
}

#[test]
fn gaps_name_what_is_missing() {
    for (name, word) in [
        ("empty-cpu-max", "cpu.max is empty"),
        ("outside-namespace", "not visible through any cgroup mount"),
        ("mount-above-namespace", "only /sys/fs/cgroup is visible"),
    ] {
        let gaps = ask(name).gaps;
        assert!(gaps.iter().any(|gap| gap.contains(word)), "{name}: {gaps:?}");
    }
    assert!(ask("docker-v1-host").gaps.is_empty(), "{:?}", ask("docker-v1-host").gaps);
    assert!(ask("hybrid").gaps.is_empty(), "{:?}", ask("hybrid").gaps);
}
