//! The exports, held against what their formats demand.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod recordings;

use std::collections::{HashMap, HashSet};

use corewise_model::scenario::Scenario;
use corewise_model::{Finding, Gil, Nanos, Recording, Role, Runtime, StartMethod};
use corewise_present::{PresentError, export};
use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::Value;

type Write = fn(&Recording, &[Finding], &mut dyn std::io::Write) -> Result<(), PresentError>;

fn speedscope(
    recording: &Recording,
    _: &[Finding],
    out: &mut dyn std::io::Write,
) -> Result<(), PresentError> {
    export::speedscope(recording, out)
}

const FORMATS: [Write; 4] = [export::json, speedscope, export::chrome_trace, export::firefox];

fn value(write: Write, recording: &Recording, findings: &[Finding]) -> Value {
    let mut bytes = Vec::new();
    write(recording, findings, &mut bytes).unwrap();
    serde_json::from_slice(&bytes).unwrap()
}

/// Two seconds of a program with a pool, two stacks, a wait for the GIL and a pause.
fn small() -> Recording {
    let mut s = Scenario::new(2.0, 0.2);
    let main = s.main(s.root());
    let pool = s.pool(s.root(), Runtime::OpenBlas, 2);
    let outer = "<module> /home/user/train.py:9";
    s.busy(main, 0.0..0.2).run(0.9);
    s.stack(main, 0.0..0.1, &["dot /site-packages/numpy/core.py:5", outer], Gil::Free);
    s.stack(main, 0.1..0.15, &["fit /home/user/model.py:3", outer], Gil::Waits);
    for thread in s.pool_threads(pool, 1) {
        s.busy(thread, 0.02..0.06).run(0.2).wait(0.7);
        s.busy(thread, 0.06..0.1).run(0.9);
    }
    s.recording()
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap()
}

#[test]
fn json_of_a_small_recording() {
    let (_, findings) = recordings::oversubscribed();
    assert_snapshot!(pretty(&value(export::json, &small(), &findings)));
}

#[test]
fn speedscope_of_a_small_recording() {
    assert_snapshot!(pretty(&value(speedscope, &small(), &[])));
}

#[test]
fn chrome_trace_of_a_small_recording() {
    let mut bytes = Vec::new();
    export::chrome_trace(&small(), &[], &mut bytes).unwrap();
    assert_snapshot!(String::from_utf8(bytes).unwrap());
}

#[test]
fn a_governed_program_has_a_counter_of_held_cores() {
    let trace = value(export::chrome_trace, &recordings::governed(), &[]);
    let events = trace["traceEvents"].as_array().unwrap();
    let held: Vec<(f64, u64, u64, u64)> = events
        .iter()
        .filter(|event| event["name"] == "cores held")
        .map(|event| {
            let of = |name: &str| event["args"][name].as_u64().unwrap();
            (event["ts"].as_f64().unwrap() / 1e6, of("program"), of("other programs"), of("free"))
        })
        .collect();
    let expected = [
        (0.0, 0, 0, 2),
        (1.0, 2, 0, 0),
        (2.0, 2, 1, 0),
        (4.0, 2, 0, 0),
        (8.0, 3, 0, 0),
        (9.0, 0, 0, 2),
    ];
    assert_eq!(held, expected);
}

#[test]
fn json_of_a_governed_program_has_what_the_governor_did() {
    let json = value(export::json, &recordings::governed(), &[]);
    let governor = &json["summary"]["governor"];
    assert_eq!(governor["threads_withheld"], 300);
    assert_eq!(governor["cores_held"], 1.7);
    assert_eq!(governor["processes"][1]["regions"], 160);
    assert_eq!(json["timeline"]["cores_held"][400], 3.0);
    assert_eq!(value(export::json, &small(), &[])["summary"]["governor"], Value::Null);
}

#[test]
fn firefox_of_a_small_recording() {
    assert_snapshot!(pretty(&value(export::firefox, &small(), &[])));
}

#[test]
fn every_format_takes_every_recording() {
    let all = [
        (recordings::healthy(), Vec::new()),
        recordings::oversubscribed(),
        (recordings::throttled(), Vec::new()),
        (recordings::governed(), Vec::new()),
        (recordings::cut_off(), Vec::new()),
        (recordings::nothing(), Vec::new()),
        (recordings::unknown(), Vec::new()),
        recordings::hostile(),
        (recordings::crowd(), Vec::new()),
    ];
    for (recording, findings) in &all {
        for write in FORMATS {
            assert!(value(write, recording, findings).is_object());
        }
    }
}

#[test]
fn a_writer_that_fails_is_an_error_and_no_panic() {
    struct Full(usize);
    impl std::io::Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            let taken = bytes.len().min(self.0);
            self.0 -= taken;
            if taken == 0 { Err(std::io::ErrorKind::StorageFull.into()) } else { Ok(taken) }
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    for write in FORMATS {
        for room in [0, 1, 100, 500] {
            let error = write(&small(), &[], &mut Full(room)).unwrap_err();
            let PresentError::Write(error) = error else { panic!("{error}") };
            assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
        }
    }
}

#[test]
fn strings_of_the_program_are_in_the_files_as_they_are() {
    let (recording, findings) = recordings::hostile();
    let json = value(export::json, &recording, &findings);
    assert_eq!(json["recording"]["command"][0], recordings::HOSTILE);
    assert_eq!(json["threads"][0]["name"], recordings::HOSTILE);
    assert_eq!(json["findings"][0]["evidence"][0]["stack"][0]["function"], recordings::HOSTILE);
}

/// What speedscope's published schema and its importer demand of a sampled profile.
fn check_speedscope(file: &Value) {
    let frames = file["shared"]["frames"].as_array().unwrap().len() as u64;
    assert_eq!(file["$schema"], "https://www.speedscope.app/file-format-schema.json");
    for profile in file["profiles"].as_array().unwrap() {
        assert_eq!(
            (profile["type"].as_str(), profile["unit"].as_str()),
            (Some("sampled"), Some("nanoseconds"))
        );
        let samples = profile["samples"].as_array().unwrap();
        let weights = profile["weights"].as_array().unwrap();
        assert_eq!(samples.len(), weights.len());
        let sum: u64 = weights.iter().map(|w| w.as_u64().unwrap()).sum();
        assert_eq!(sum, profile["endValue"].as_u64().unwrap());
        for frame in samples.iter().flat_map(|stack| stack.as_array().unwrap()) {
            assert!(frame.as_u64().unwrap() < frames);
        }
    }
}

/// Slices of one track nest, and end where a slice below them ends or before.
fn check_chrome(file: &Value) {
    let mut tracks: HashMap<(u64, u64), Vec<(f64, f64)>> = HashMap::new();
    let mut named = HashSet::new();
    for event in file["traceEvents"].as_array().unwrap() {
        let track = (event["pid"].as_u64().unwrap(), event["tid"].as_u64().unwrap());
        match event["ph"].as_str().unwrap() {
            "X" => {
                let (start, length) =
                    (event["ts"].as_f64().unwrap(), event["dur"].as_f64().unwrap());
                assert!(length >= 0.0 && start >= 0.0);
                tracks.entry(track).or_default().push((start, start + length));
            }
            "C" => assert!(
                event["args"].as_object().unwrap().values().all(|v| v.as_f64() >= Some(0.0))
            ),
            "M" if event["name"] == "thread_name" => {
                assert!(named.insert(track), "two names for {track:?}");
            }
            "M" => {}
            other => panic!("{other}"),
        }
    }
    for (track, mut slices) in tracks {
        assert!(named.contains(&track), "{track:?} has no name");
        slices.sort_by(|a, b| a.0.total_cmp(&b.0).then(b.1.total_cmp(&a.1)));
        let mut open: Vec<f64> = Vec::new();
        for (start, end) in slices {
            open.retain(|until| *until > start + 1e-3);
            assert!(open.iter().all(|until| end <= until + 1e-3), "{track:?} at {start}");
            open.push(end);
        }
    }
}

/// Samples of each thread are in order, and each CPU time is in exactly one of them.
fn check_firefox(file: &Value, recording: &Recording) {
    let threads = file["threads"].as_array().unwrap();
    assert_eq!(threads.len(), recording.threads.len());
    for thread in threads {
        let samples = &thread["samples"];
        let deltas = samples["timeDeltas"].as_array().unwrap();
        assert_eq!(deltas.len() as u64, samples["length"].as_u64().unwrap());
        assert!(deltas.iter().all(|delta| delta.as_f64().unwrap() >= 0.0));
        let tid = thread["tid"].as_str().unwrap();
        let own = recording.threads.iter().find(|t| t.tid.to_string() == tid).unwrap();
        let cpu = samples["threadCPUDelta"].as_array();
        let cpu: u64 = cpu.into_iter().flatten().map(|v| v.as_u64().unwrap()).sum();
        // The format has whole microseconds.
        assert!(Nanos(cpu * 1000) <= own.run);
        assert!((own.run.0 - cpu * 1000) / 1000 <= deltas.len() as u64);
    }
}

/// Start, length, run, wait, stack, what it does with the GIL.
type Load = (f64, f64, f64, f64, usize, usize);

prop_compose! {
    fn load()(start in 0.0f64..1.8, length in 0.01f64..1.0, run in 0.0f64..1.0, wait in 0.0f64..1.0,
              stack in 0usize..4, gil in 0usize..4) -> Load {
        (start, length, run, wait * (1.0 - run), stack, gil)
    }
}

fn random(loads: &[Vec<Load>]) -> Recording {
    let mut s = Scenario::new(2.0, 2.0);
    let stacks: [&[&str]; 4] =
        [&["a x:1"], &["b x:2", "a x:1"], &["c x:3", "b x:4", "a x:1"], &["b x:2", "a x:9"]];
    let worker = s.process(s.root(), StartMethod::Fork, 0.1);
    for (at, own) in loads.iter().enumerate() {
        let process = if at % 2 == 0 { s.root() } else { worker };
        let thread = s.thread(process, Role::Python, 0.0);
        let mut until = 0.0;
        for &(start, length, run, wait, stack, gil) in own {
            let start = start.max(until);
            let end = (start + length).min(2.0);
            if end <= start {
                continue;
            }
            until = end;
            s.busy(thread, start..end).run(run).wait(wait);
            match gil {
                3 => s.asleep(thread, start..end, stacks[stack]),
                _ => s.stack(
                    thread,
                    start..end,
                    stacks[stack],
                    [Gil::Holds, Gil::Waits, Gil::Free][gil],
                ),
            }
        }
    }
    s.recording()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn every_format_is_sound(loads in prop::collection::vec(prop::collection::vec(load(), 0..5), 1..4)) {
        let recording = random(&loads);
        check_speedscope(&value(speedscope, &recording, &[]));
        check_chrome(&value(export::chrome_trace, &recording, &[]));
        check_firefox(&value(export::firefox, &recording, &[]), &recording);
    }
}

#[test]
fn findings_have_tracks_of_their_own() {
    let (recording, mut findings) = recordings::oversubscribed();
    let span = findings[0].evidence[0].spans[0];
    findings[0].evidence[0].spans.push(span);
    let trace = value(export::chrome_trace, &recording, &findings);
    check_chrome(&trace);
    let marks: Vec<&Value> =
        trace["traceEvents"].as_array().unwrap().iter().filter(|e| e["cat"] == "finding").collect();
    assert_eq!(marks.len(), 1, "the same stretch twice is one mark");
    assert_eq!(marks[0]["ts"], 3e6);
}

#[test]
fn a_number_that_the_kernel_used_twice_is_two_tracks() {
    let mut s = Scenario::new(2.0, 1.0);
    let worker = s.process(s.root(), StartMethod::Fork, 0.1);
    s.busy(s.main(worker), 0.2..0.4);
    s.busy(s.main(s.root()), 0.0..1.0);
    let mut recording = s.recording();
    recording.processes[1].pid = recording.processes[0].pid;
    recording.threads[1].tid = recording.threads[0].tid;
    check_chrome(&value(export::chrome_trace, &recording, &[]));
}
