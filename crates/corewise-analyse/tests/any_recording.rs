//! What holds for every recording, however strange.

use corewise_analyse::{activity, findings, summary, unjudged};
use corewise_model::scenario::{Scenario, header, pool};
use corewise_model::{
    BitGeneratorUse, Code, Entry, Finding, Frame, FrameId, Gil, Held, Known, LeaseTick, Mode,
    Nanos, NativeTick, Notice, Pid, PoolId, ProcessEntry, ProcessId, ProcessLeases, Recording,
    Role, Runtime, Session, StackEntry, StackId, StackSample, StartMethod, SystemTick, ThreadEntry,
    ThreadId, ThreadTick, Throttling, Tick, Tid,
};
use proptest::prelude::*;

const METHODS: [StartMethod; 8] = [
    StartMethod::Root,
    StartMethod::Fork,
    StartMethod::Spawn,
    StartMethod::ForkServer,
    StartMethod::Loky,
    StartMethod::Dask,
    StartMethod::Tracker,
    StartMethod::Subprocess,
];
const RUNTIMES: [Runtime; 6] = [
    Runtime::OpenBlas,
    Runtime::Libgomp,
    Runtime::Libiomp5,
    Runtime::Libomp,
    Runtime::Tbb,
    Runtime::Rayon,
];

fn pick<T: Copy>(all: &[T], n: u64) -> T {
    all[usize::try_from(n % all.len() as u64).unwrap_or(0)]
}

/// An entry from five numbers: small numbers refer to what is likely there.
fn entry(kind: u8, [a, b, c, d]: [u64; 4]) -> Entry {
    let id = |n: u64| u32::try_from(n % 6).unwrap_or(0);
    let (process, thread) = (ProcessId(id(a)), ThreadId(id(b)));
    let at = Nanos(c);
    match kind {
        0 => Entry::Process(ProcessEntry {
            pid: Pid(id(d)),
            parent: (a % 4 > 0).then_some(process),
            at,
            name: String::new(),
            command: vec!["\x1b[2J".to_owned()],
            start: pick(&METHODS, b),
        }),
        1 => Entry::Thread(ThreadEntry { process, tid: Tid(id(d)), at, name: String::new() }),
        2 => Entry::Pool(process, at, Box::new(pool(pick(&RUNTIMES, b), id(d) * 40, d % 3))),
        3 => Entry::Role(
            thread,
            match d % 4 {
                0 => Role::Main,
                1 => Role::Python,
                2 => Role::Native(String::new()),
                _ => Role::Pool(PoolId(id(a))),
            },
        ),
        4 => Entry::Frame(Frame { function: String::new(), file: String::new(), line: id(a) }),
        5 => Entry::Stack(StackEntry { frames: vec![FrameId(id(a)); id(b) as usize] }),
        6 => Entry::Stacks(
            process,
            at,
            Nanos(d),
            vec![StackSample {
                thread,
                stack: StackId(id(b)),
                gil: pick(&[Gil::Holds, Gil::Waits, Gil::Free], a),
                active: d % 2 == 0,
            }],
        ),
        7 => Entry::Native(at, vec![NativeTick { thread, samples: id(a), spinning: id(d) }]),
        8 => Entry::System(SystemTick {
            at,
            load: f64::NAN,
            machine_busy: Nanos(d),
            program_busy: Nanos(a),
            pressure: Known::unknown(""),
            throttling: vec![Throttling {
                path: String::new(),
                periods: a,
                throttled_periods: d,
                throttled: Nanos(d),
            }],
        }),
        9 => Entry::BitGenerators(
            process,
            at,
            vec![BitGeneratorUse {
                name: "PCG64".to_owned(),
                address: d % 2,
                inherited: b % 2,
                drawn: true,
            }],
        ),
        10 => Entry::ProcessEnd(process, at),
        11 => Entry::ThreadEnd(thread, at),
        12 => Entry::Switches(thread, at, a % 1000, d % 1000),
        13 => Entry::Notice(Notice { at, text: String::new(), hint: None }),
        15 => Entry::Session(Session { at, budget: id(b), deterministic: d % 2 == 0 }),
        16 | 17 => {
            let number = |n: u64| u32::try_from(n % (1 << 32)).unwrap_or(0);
            let held = Held { callers: id(b), cores: number(d) };
            Entry::Leases(LeaseTick {
                at,
                interval: Nanos(a),
                processes: vec![ProcessLeases { process, held, regions: d, withheld: b }],
                outside: held,
            })
        }
        14 => Entry::End { at, status: None, charged: Known::Known(at), recorder: Nanos(d) },
        _ => Entry::Tick(Tick {
            at,
            interval: Nanos(a),
            threads: vec![
                ThreadTick { thread, run: Nanos(d), wait: Nanos(b), slices: id(c) },
                ThreadTick { thread: ThreadId(id(d)), run: Nanos(a), wait: Nanos(c), slices: 1 },
            ],
            unattributed: vec![(process, Nanos(b))],
        }),
    }
}

fn any_number() -> impl Strategy<Value = u64> {
    prop_oneof![0u64..8, 0u64..4_000_000_000, any::<u64>()]
}

/// A recording in which entries stand in any order; those that refer to nothing are refused.
fn any_recording() -> impl Strategy<Value = Recording> {
    let entries = prop::collection::vec((0u8..24, prop::array::uniform4(any_number())), 0..80);
    (entries, 0.0f64..70.0, any::<bool>()).prop_map(|(entries, cores, run)| {
        let allowed = corewise_model::scenario::allowed(cores, 64);
        let mut header = header(allowed);
        if run {
            header.mode = Mode::Run;
        }
        let mut recording = Recording::new(header);
        // Enough of each kind that most references hit.
        let fixed = [0u8, 1, 1, 1, 2, 2, 3, 3, 4, 5].into_iter().enumerate().map(|(k, kind)| {
            let k = k as u64;
            (kind, [0, k, 0, k])
        });
        for (kind, numbers) in fixed.chain(entries) {
            let _ = recording.apply(entry(kind, numbers));
        }
        recording
    })
}

/// Programs of a few processes with pools, as a recorder would see them.
fn any_program() -> impl Strategy<Value = Scenario> {
    let loads = prop::collection::vec((0usize..12, 0.0f64..8.0, 0.0f64..4.0, 0.0f64..1.0), 0..24);
    let shape = (1u32..9, 0usize..4, 1u32..6, any::<bool>());
    (shape, loads).prop_map(|((cores, workers, size, governed), loads)| {
        let mut s = Scenario::new(f64::from(cores) * 0.75, 8.0).of_machine(8);
        let mut threads = vec![s.main(s.root())];
        if governed {
            s.govern(cores);
        }
        for k in 0..workers {
            let worker = s.process(s.root(), pick(&METHODS[1..], k as u64), 0.5);
            let pool = s.pool(worker, pick(&RUNTIMES, k as u64), size);
            if governed && k > 0 {
                let withheld = f64::from(size);
                s.leases(worker, 1.0..7.0, 1, size).regions(10.0, withheld);
            }
            threads.push(s.main(worker));
            threads.extend(s.pool_threads(pool, size as usize));
        }
        for (k, start, length, run) in loads {
            let thread = threads[k % threads.len()];
            let range = start..(start + length).min(8.0);
            s.busy(thread, range.clone()).run(run).wait(1.0 - run);
            s.native(thread, range.clone(), 40, run);
            s.stack(thread, range, &["f a.py:1"], pick(&[Gil::Waits, Gil::Free], k as u64));
        }
        s
    })
}

fn lost(finding: &Finding) -> f64 {
    finding.cost.lost.get().map_or(0.0, |lost| lost.0)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics_and_texts_are_whole(recording in any_recording()) {
        let _ = (summary(&recording), unjudged(&recording));
        for finding in findings(&recording) {
            prop_assert!(!finding.title.is_empty());
            prop_assert!(!finding.title.contains("NaN") && !finding.title.contains("inf "));
            prop_assert!(!finding.evidence.is_empty(), "{}", finding.code);
            prop_assert!(!finding.fixes.is_empty() && !finding.cost.how.is_empty());
            for e in &finding.evidence {
                prop_assert!(e.threads.iter().all(|t| t.index() < recording.threads.len()));
                prop_assert!(e.pools.iter().all(|p| p.index() < recording.pools.len()));
                prop_assert!(e.processes.iter().all(|p| p.index() < recording.processes.len()));
            }
            for fix in finding.fixes {
                prop_assert!(!fix.command.unwrap_or_default().contains('\x1b'));
            }
        }
    }

    /// No finding loses more than there was: the capacity, or the CPU time where it burst above it.
    #[test]
    fn nobody_loses_more_than_there_was(program in any_program()) {
        let recording = program.recording();
        let capacity = recording.header.allowed.cores.0 * recording.duration.as_secs_f64();
        let there = capacity.max(recording.cpu_time().as_secs_f64());
        for finding in findings(&recording) {
            prop_assert!(lost(&finding) <= there * 1.001 + 1e-6, "{finding:?} of {there}");
            prop_assert!(lost(&finding) >= 0.0);
        }
    }

    /// The order in which a tick names its threads, and a look its stacks, is no information.
    #[test]
    fn the_order_within_a_tick_does_not_matter(program in any_program(), turn in 0usize..20) {
        let recording = program.recording();
        let mut turned = recording.clone();
        for tick in &mut turned.ticks {
            let by = turn.min(tick.threads.len());
            tick.threads.rotate_left(by);
        }
        for look in &mut turned.stack_ticks {
            look.samples.reverse();
        }
        let titles = |r: &Recording| -> Vec<(Code, String)> {
            findings(r).into_iter().map(|f| (f.code, f.title)).collect()
        };
        prop_assert_eq!(titles(&recording), titles(&turned));
    }

    /// More allowed cores never make a program oversubscribed that was not.
    #[test]
    fn more_cores_never_oversubscribe(program in any_program(), more in 0.0f64..8.0) {
        let recording = program.recording();
        let mut roomy = recording.clone();
        let cores = recording.header.allowed.cores.0 + more;
        roomy.header.allowed = corewise_model::scenario::allowed(cores, 16);
        let has = |r: &Recording| findings(r).iter().any(|f| f.code == Code::Cw101);
        prop_assert!(has(&recording) || !has(&roomy));
    }

    /// What ran and what waited is all there, whatever the kernel told late.
    #[test]
    fn activity_keeps_the_cpu_time(program in any_program()) {
        let recording = program.recording();
        let activity = activity(&recording);
        let run: f64 = activity.ticks.iter().map(|t| t.running() * t.interval.as_secs_f64()).sum();
        let cpu = recording.cpu_time().as_secs_f64();
        prop_assert!((run - cpu).abs() <= cpu * 1e-4 + 1e-6, "{run} of {cpu}");
    }
}

#[test]
fn ten_thousand_threads_are_judged() {
    let mut s = Scenario::new(2.0, 2.0);
    for _ in 0..10_000 {
        let thread = s.thread(s.root(), Role::Python, 0.0);
        s.busy(thread, 0.0..2.0).run(0.0002).wait(0.9);
    }
    let findings = findings(&s.recording());
    assert_eq!(findings[0].title, "10000 Python threads runnable on 2 cores");
}
