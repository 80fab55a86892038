//! Recordings that the tests of every output share.
#![allow(dead_code, reason = "each test program takes those that it needs")]

use corewise_model::scenario::Scenario;
use corewise_model::{
    Code, CoreSeconds, Cost, Distribution, Entry, Evidence, Finding, Fix, Frame, Gil, Known, Mode,
    Nanos, ProcessId, Recording, Role, Runtime, Severity, Shipper, Span, StackEntry, StackId,
    StartMethod, ThreadId,
};

/// One process that keeps its two cores busy.
pub(crate) fn healthy() -> Recording {
    let mut s = Scenario::new(2.0, 10.0);
    let main = s.main(s.root());
    s.interpreter(s.root(), &[("numpy", "2.4.6")]);
    let pool = s.pool(s.root(), Runtime::OpenBlas, 2);
    let frames = ["matmul /site-packages/numpy/core.py:12", "<module> /home/user/train.py:7"];
    s.busy(main, 0.2..9.8);
    s.stack(main, 0.0..10.0, &frames, Gil::Free);
    for thread in s.pool_threads(pool, 1) {
        s.busy(thread, 1.0..9.5).run(0.95).wait(0.01);
    }
    s.recording()
}

/// Four loky workers with sixteen OpenMP threads each on two cores.
pub(crate) fn oversubscribed() -> (Recording, Vec<Finding>) {
    let mut s = Scenario::new(2.0, 30.0).of_machine(16);
    s.environment("OMP_NUM_THREADS", "16");
    s.busy(s.main(s.root()), 0.0..2.0);
    let frames = [
        "_parallel_build_trees /site-packages/sklearn/ensemble/_forest.py:171",
        "__call__ /site-packages/sklearn/utils/parallel.py:184",
        "<module> /home/user/train.py:40",
    ];
    for _ in 0..4 {
        let worker = s.process(s.root(), StartMethod::Loky, 2.0);
        let mut pool = corewise_model::scenario::pool(Runtime::Libgomp, 16, 0x7000_0000_0000);
        pool.distribution = Known::Known(Distribution {
            shipper: Shipper::Wheel,
            name: "scikit-learn".to_owned(),
            version: "1.9.1".to_owned(),
        });
        let pool = s.pool_of(worker, pool, 2.5);
        s.stack(s.main(worker), 2.0..28.0, &frames, Gil::Free);
        s.busy(s.main(worker), 3.0..28.0).run(0.031).wait(0.96);
        for thread in s.pool_threads(pool, 15) {
            s.busy(thread, 3.0..28.0).run(0.031).wait(0.96);
        }
    }
    s.unseen(s.root(), 2.0..3.0, 0.4);
    let finding = Finding {
        code: Code::Cw101,
        severity: Severity::Severe,
        title: "4 loky workers × 16 OpenMP threads = 64 runnable on 2 cores".to_owned(),
        evidence: vec![
            Evidence {
                text: "61.4 threads waited for a core on average for 25.0 s".to_owned(),
                spans: vec![span(3.0, 28.0)],
                processes: (1..5).map(ProcessId).collect(),
                threads: vec![ThreadId(1)],
                stack: Some(StackId(0)),
                ..Evidence::default()
            },
            Evidence {
                text: "each of 4 loky workers has a libgomp pool of 16 threads".to_owned(),
                ..Evidence::default()
            },
            Evidence {
                text: "a third fact, for the full report".to_owned(),
                ..Evidence::default()
            },
        ],
        cost: Cost {
            lost: Known::Known(CoreSeconds(12.5)),
            how: "the part of CPU time above what one thread a core needs".to_owned(),
        },
        fixes: vec![
            Fix {
                text: "let corewise size the pools".to_owned(),
                command: Some("corewise run -- python3 train.py".to_owned()),
            },
            Fix {
                text: "or give each worker one thread".to_owned(),
                command: Some("OMP_NUM_THREADS=1 python3 train.py".to_owned()),
            },
        ],
    };
    (s.recording(), vec![finding, larger_pool()])
}

fn larger_pool() -> Finding {
    Finding {
        code: Code::Cw102,
        severity: Severity::Note,
        title: "libgomp has 16 threads where 2 cores are allowed".to_owned(),
        evidence: Vec::new(),
        cost: Cost {
            lost: Known::unknown("a size costs nothing before it is used"),
            how: String::new(),
        },
        fixes: Vec::new(),
    }
}

/// Two loky workers that ask for two threads each, of a budget of two.
pub(crate) fn governed() -> Recording {
    let mut s = Scenario::new(2.0, 10.0);
    s.govern(2);
    s.busy(s.main(s.root()), 0.0..1.0);
    s.leases(s.root(), 0.0..0.02, 0, 0);
    for worker in 0..2 {
        let id = s.process(s.root(), StartMethod::Loky, 0.5);
        let pool = s.pool(id, Runtime::OpenBlas, 2);
        s.busy(s.main(id), 1.0..9.0).run(0.95).wait(0.01);
        for thread in s.pool_threads(pool, 1) {
            s.busy(thread, 8.0..9.0).run(0.5);
        }
        s.leases(id, 1.0..8.0, 1, 1).regions(20.0, 20.0);
        s.leases(id, 8.0..9.0, 1, 1 + worker).regions(20.0, 10.0);
    }
    s.leases_outside(2.0..4.0, 1, 1);
    s.recording()
}

/// A quota of half a core that stops the program for most of the time.
pub(crate) fn throttled() -> Recording {
    let mut s = Scenario::new(0.5, 20.0).of_machine(8);
    let main = s.main(s.root());
    s.busy(main, 0.0..20.0).run(0.5).wait(0.02);
    s.throttled(0.5..20.0, 0.5);
    s.strangers(0.0..20.0, 3.0);
    s.recording()
}

/// A recorder that was killed.
pub(crate) fn cut_off() -> Recording {
    let mut s = Scenario::new(4.0, 12.3).killed();
    s.busy(s.main(s.root()), 0.0..12.3);
    s.notice(
        "Python stacks of process 100 cannot be read: Operation not permitted",
        Some("give the container CAP_SYS_PTRACE"),
    );
    s.recording()
}

/// A program that ended before it was looked at.
pub(crate) fn nothing() -> Recording {
    let mut recording = Scenario::new(2.0, 0.0).recording();
    recording.ticks.clear();
    recording
}

pub(crate) const HOSTILE: &str =
    "\x1b]0;gotcha\x07\nerror: fake\r<script>alert('x')</script>\u{202e}gpj\u{200b}\u{9b}2J&\"";

/// A program whose every string is chosen to do harm.
pub(crate) fn hostile() -> (Recording, Vec<Finding>) {
    let mut s = Scenario::new(2.0, 5.0);
    s.header.command = vec![HOSTILE.to_owned(), "x".repeat(3000), HOSTILE.to_owned()];
    HOSTILE.clone_into(&mut s.header.directory);
    s.header.mode = Mode::Run;
    s.header.environment.push(("OMP_NUM_THREADS".to_owned(), HOSTILE.to_owned()));
    s.header.set_by_corewise.push("OMP_NUM_THREADS".to_owned());
    let main = s.main(s.root());
    s.define(
        0.0,
        Entry::Exec(ProcessId(0), Nanos::ZERO, HOSTILE.to_owned(), vec![HOSTILE.to_owned()]),
    );
    s.define(0.0, Entry::ThreadName(main, HOSTILE.to_owned()));
    let native = s.thread(s.root(), Role::Native(format!("/lib/{HOSTILE}.so")), 0.0);
    s.define(0.0, Entry::ThreadName(native, "n".repeat(400)));
    let mut pool = corewise_model::scenario::pool(Runtime::OpenBlas, 2, 1 << 40);
    pool.version = Known::Known(HOSTILE.to_owned());
    HOSTILE.clone_into(&mut pool.path);
    let pool = s.pool_of(s.root(), pool, 0.0);
    for thread in s.pool_threads(pool, 2) {
        s.busy(thread, 0.0..5.0).run(0.3);
    }
    s.busy(main, 0.0..5.0).run(0.5);
    s.busy(native, 0.0..5.0).run(0.1);
    s.define(
        0.0,
        Entry::Frame(Frame { function: HOSTILE.to_owned(), file: HOSTILE.to_owned(), line: 3 }),
    );
    s.define(0.0, Entry::Stack(StackEntry { frames: vec![corewise_model::FrameId(0)] }));
    s.notice(HOSTILE, Some(HOSTILE));
    let finding = Finding {
        code: Code::Cw201,
        severity: Severity::Warning,
        title: format!("one thread was busy in {HOSTILE}"),
        evidence: vec![Evidence {
            text: HOSTILE.repeat(3),
            stack: Some(StackId(0)),
            ..Evidence::default()
        }],
        cost: Cost { lost: Known::unknown(HOSTILE), how: HOSTILE.to_owned() },
        fixes: vec![Fix { text: HOSTILE.to_owned(), command: Some(HOSTILE.to_owned()) }],
    };
    (s.recording(), vec![finding])
}

/// Ten thousand threads in fifty processes, each with a pool from a file of its own.
pub(crate) fn crowd() -> Recording {
    let mut s = Scenario::new(64.0, 2.0);
    for process in 0..50 {
        let id = s.process(s.root(), StartMethod::Fork, 0.1);
        let mut pool = corewise_model::scenario::pool(Runtime::OpenBlas, 200, 1 << 40);
        pool.path = format!("/opt/{process}/libopenblas.so");
        let pool = s.pool_of(id, pool, 0.1);
        for (at, thread) in s.pool_threads(pool, 199).into_iter().enumerate() {
            if at < 3 {
                s.busy(thread, 0.5..1.5).run(0.4).wait(0.6);
            }
        }
    }
    for at in 0..40 {
        s.notice(&format!("notice number {at}"), None);
    }
    s.recording()
}

/// A recording in which everything that can be unknown is.
pub(crate) fn unknown() -> Recording {
    let mut s = Scenario::new(2.0, 1.0);
    let pool = {
        let mut pool = corewise_model::scenario::pool(Runtime::Tbb, 2, 1 << 40);
        pool.version = Known::unknown("the library exports no version");
        pool.size = Known::unknown("the library exports no getter");
        pool.maximum = Known::unknown("the library exports no getter");
        pool.threading_layer = Known::unknown("not asked");
        s.pool_of(s.root(), pool, 0.0)
    };
    let thread = s.thread(s.root(), Role::Unknown("it never slept".to_owned()), 0.0);
    s.busy(thread, 0.0..1.0).run(0.2);
    for thread in s.pool_threads(pool, 1) {
        s.busy(thread, 0.0..1.0).run(0.2);
    }
    s.header.allowed.machine.cpu_model = Known::unknown("no /proc/cpuinfo");
    s.header.allowed.gaps.push("/sys/fs/cgroup/cpu.max is empty".to_owned());
    s.header.host.memory = Known::unknown("no /proc/meminfo");
    let mut recording = s.recording();
    recording.charged = Known::unknown("the program was attached to");
    recording.recorder = Known::unknown("no clock");
    recording.header.mode = Mode::Attach;
    recording.status = None;
    recording
}

fn span(start: f64, end: f64) -> Span {
    Span { start: Nanos::from_secs_f64(start), end: Nanos::from_secs_f64(end) }
}
