//! Recordings that contradict themselves: every output gives something, and none panics.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use corewise_model::scenario::Scenario;
use corewise_model::{
    Cores, Entry, Gil, Held, Known, LeaseTick, LimitSource, Nanos, PoolId, ProcessId,
    ProcessLeases, Recording, Role, Runtime, Session, StackId, StackSample, StartMethod,
    SystemTick, ThreadId, ThreadTick, Throttling, Tick,
};
use corewise_present::{TextOptions, escape, export, summary_text};
use proptest::prelude::*;

fn time() -> impl Strategy<Value = Nanos> {
    prop_oneof![
        Just(0u64),
        Just(1),
        0u64..3_000_000_000,
        Just(u64::MAX - 1),
        Just(u64::MAX),
        any::<u64>()
    ]
    .prop_map(Nanos)
}

fn tick() -> impl Strategy<Value = Entry> {
    let thread = (0u32..4, time(), time()).prop_map(|(id, run, wait)| ThreadTick {
        thread: ThreadId(id),
        run,
        wait,
        slices: 1,
    });
    let threads = prop::collection::vec(thread, 0..6);
    let unattributed = prop::collection::vec(((0u32..2).prop_map(ProcessId), time()), 0..2);
    (time(), time(), threads, unattributed).prop_map(|(at, interval, threads, unattributed)| {
        Entry::Tick(Tick { at, interval, threads, unattributed })
    })
}

fn stacks() -> impl Strategy<Value = Entry> {
    let sample =
        (0u32..4, 0u32..2, any::<bool>(), 0usize..3).prop_map(|(id, stack, active, gil)| {
            StackSample {
                thread: ThreadId(id),
                stack: StackId(stack),
                gil: [Gil::Holds, Gil::Waits, Gil::Free][gil],
                active,
            }
        });
    (time(), time(), prop::collection::vec(sample, 0..5))
        .prop_map(|(at, weight, samples)| Entry::Stacks(ProcessId(0), at, weight, samples))
}

fn surroundings() -> impl Strategy<Value = Entry> {
    (time(), time(), time(), any::<f64>(), any::<u64>()).prop_map(|(at, machine, own, load, n)| {
        Entry::System(SystemTick {
            at,
            load,
            machine_busy: machine,
            program_busy: own,
            pressure: Known::Known(own),
            throttling: vec![Throttling {
                path: "/x".to_owned(),
                periods: n,
                throttled_periods: n,
                throttled: machine,
            }],
        })
    })
}

fn other() -> impl Strategy<Value = Entry> {
    prop_oneof![
        time().prop_map(|at| Entry::ProcessEnd(ProcessId(1), at)),
        time().prop_map(|at| Entry::ThreadEnd(ThreadId(2), at)),
        Just(Entry::Role(ThreadId(3), Role::Unknown(String::new()))),
        Just(Entry::Role(ThreadId(0), Role::Pool(PoolId(0)))),
        (time(), any::<u32>(), any::<bool>()).prop_map(|(at, budget, deterministic)| {
            Entry::Session(Session { at, budget, deterministic })
        }),
        (time(), time(), any::<[u32; 4]>(), any::<u64>()).prop_map(|(at, interval, n, count)| {
            let held = Held { callers: n[0], cores: n[1] };
            let outside = Held { callers: n[2], cores: n[3] };
            let leases =
                ProcessLeases { process: ProcessId(1), held, regions: count, withheld: count };
            Entry::Leases(LeaseTick { at, interval, processes: vec![leases, leases], outside })
        }),
        (time(), any::<Option<i32>>(), time(), time()).prop_map(
            |(at, status, charged, recorder)| {
                Entry::End { at, status, charged: Known::Known(charged), recorder }
            }
        ),
    ]
}

fn recording(entries: Vec<Entry>, cores: f64, rate: f64) -> Recording {
    let mut s = Scenario::new(2.0, 0.1).killed();
    let worker = s.process(s.root(), StartMethod::Fork, 0.0);
    let pool = s.pool(worker, Runtime::OpenBlas, 2);
    let _ = s.pool_threads(pool, 2);
    s.stack(s.main(s.root()), 0.0..0.05, &["f x:1", "g x:2"], Gil::Free);
    s.stack(s.main(s.root()), 0.05..0.1, &["g x:2"], Gil::Free);
    let mut recording = s.recording();
    recording.header.allowed.cores = Cores(cores);
    recording.header.rate = rate;
    recording.header.allowed.limits[0].source = LimitSource::Quota;
    for entry in entries {
        recording.apply(entry).unwrap();
    }
    recording
}

fn number() -> impl Strategy<Value = f64> {
    prop_oneof![Just(0.0), Just(2.0), Just(-1.0), Just(f64::NAN), Just(f64::INFINITY), any::<f64>()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]
    #[test]
    fn every_output_gives_something(
        entries in prop::collection::vec(prop_oneof![4 => tick(), 2 => stacks(), 1 => surroundings(), 1 => other()], 0..14),
        cores in number(),
        rate in number(),
    ) {
        let recording = recording(entries, cores, rate);
        let findings = corewise_analyse::findings(&recording);
        for all in [false, true] {
            let options = TextOptions { colour: false, all, ..TextOptions::default() };
            let text = summary_text(&recording, &findings, &options);
            for line in text.lines() {
                let typed = line.starts_with("            ");
                prop_assert!(typed || escape::width(line) <= 80, "{}", line);
            }
        }
        let mut out = Vec::new();
        export::json(&recording, &findings, &mut out).unwrap();
        export::speedscope(&recording, &mut out).unwrap();
        export::chrome_trace(&recording, &findings, &mut out).unwrap();
        export::firefox(&recording, &findings, &mut out).unwrap();
    }
}
