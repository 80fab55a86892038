//! The facts of a machine and a pool that no test cares about.

use crate::{
    Allowed, Cores, Header, Host, Known, Limit, LimitSource, Machine, Mode, Pool, Reach, Runtime,
    Scope,
};

/// This many cores of a machine with `cpus` logical CPUs: by a quota where it has more.
#[must_use]
pub fn allowed(cores: f64, cpus: u32) -> Allowed {
    let online = Limit {
        source: LimitSource::Online,
        cores: Cores(f64::from(cpus)),
        from: "/sys/devices/system/cpu/online".to_owned(),
        detail: format!("0-{}", cpus.saturating_sub(1)),
    };
    let mut limits = vec![online];
    if cores < f64::from(cpus) {
        limits.push(Limit {
            source: LimitSource::Quota,
            cores: Cores(cores),
            from: "/sys/fs/cgroup/test/cpu.max".to_owned(),
            detail: format!("{} ms in 100 ms", cores * 100.0),
        });
    }
    Allowed {
        cores: Cores(cores),
        threads: Cores(cores).threads(),
        decided_by: vec![u32::from(limits.len() > 1)],
        limits,
        machine: Machine {
            online: (0..cpus).collect(),
            physical_cores: Known::Known(cpus),
            threads_per_core: Known::Known(1),
            numa_nodes: Known::Known(1),
            cpu_model: Known::Known("Test".to_owned()),
        },
        throttling: Vec::new(),
        opinions: Vec::new(),
        gaps: Vec::new(),
    }
}

/// A recording of `python3 train.py`.
#[must_use]
pub fn header(allowed: Allowed) -> Header {
    Header {
        corewise: "0.1.0".to_owned(),
        started_unix: 1_790_000_000_000_000_000,
        mode: Mode::Record,
        command: vec!["python3".to_owned(), "train.py".to_owned()],
        directory: "/home/user".to_owned(),
        rate: 50.0,
        stack_rate: 20.0,
        allowed,
        host: Host {
            kernel: "Linux 6.1.0".to_owned(),
            machine: "x86_64".to_owned(),
            system: Known::Known("Debian GNU/Linux 12".to_owned()),
            memory: Known::Known(8 << 30),
        },
        environment: Vec::new(),
        set_by_corewise: Vec::new(),
    }
}

/// A pool of this runtime and size, its library mapped at `base`.
#[must_use]
pub fn pool(runtime: Runtime, size: u32, base: u64) -> Pool {
    let file = match runtime {
        Runtime::OpenBlas => "/site/numpy.libs/libscipy_openblas64_.so",
        Runtime::Libgomp => "/site/scikit_learn.libs/libgomp.so.1.0.0",
        Runtime::Libomp => "/site/torch/lib/libomp.so",
        Runtime::Libiomp5 => "/site/lib/libiomp5.so",
        Runtime::Mkl => "/site/lib/libmkl_rt.so.2",
        _ => "/site/lib/libpool.so",
    };
    let layer = match runtime {
        Runtime::OpenBlas => "pthreads",
        Runtime::Libgomp | Runtime::Libomp | Runtime::Libiomp5 => "openmp",
        _ => "unknown",
    };
    let scope = if layer == "openmp" { Scope::Thread } else { Scope::Process };
    Pool {
        runtime,
        version: Known::Known("1.0".to_owned()),
        threading_layer: Known::Known(layer.to_owned()),
        architecture: None,
        path: file.to_owned(),
        base,
        distribution: Known::unknown("a test"),
        size: Known::Known(size),
        maximum: Known::Known(size),
        scope,
        governed: Reach::of(runtime, Some(layer), "x86_64"),
        threads: Known::unknown("a test"),
    }
}
