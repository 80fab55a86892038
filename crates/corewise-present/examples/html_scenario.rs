//! Writes the HTML report of a recording that was never made, to try the page and its speed:
//! `cargo run --release -p corewise-present --example html_scenario -- workers out.html`.
//!
//! `workers` is a search in loky workers with too many threads, `governed` workers that share a
//! budget, `hour` an hour of 64 threads, `crowd` ten thousand threads, `hostile` a program whose
//! names attack the page, `empty` nothing.

use std::error::Error;

use corewise_model::scenario::Scenario;
use corewise_model::{
    Code, CoreSeconds, Cost, Evidence, Finding, Fix, Gil, Known, Measure, Nanos, ProcessId,
    Recording, Role, Runtime, Severity, Span, StartMethod, SystemTick, ThreadId, ThreadTick, Tick,
};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [kind, out] = arguments.as_slice() else {
        return Err(
            "give a kind (workers, governed, hour, crowd, hostile, empty) and a file".into()
        );
    };
    let recording = match kind.as_str() {
        "workers" => workers(),
        "governed" => governed(),
        "hour" => hour(64, 3600.0),
        "crowd" => hour(10_000, 20.0),
        "hostile" => hostile(),
        "empty" => Recording::new(Scenario::new(2.0, 0.0).header),
        other => return Err(format!("no such kind: {other}").into()),
    };
    let findings = findings(kind, &recording);
    std::fs::write(out, corewise_present::html(&recording, &findings)?)?;
    Ok(())
}

/// Four workers of which each asks for four threads, of a budget of four that changes to two.
fn governed() -> Recording {
    let mut s = Scenario::new(4.0, 20.0);
    s.govern(4);
    for worker in 0..4_u32 {
        let id = s.process(s.root(), StartMethod::Loky, 1.0);
        let pool = s.pool(id, Runtime::OpenBlas, 4);
        let from = 2.0 + f64::from(worker);
        s.busy(s.main(id), from..18.0).run(0.9).wait(0.05);
        for thread in s.pool_threads(pool, 3) {
            s.busy(thread, from..6.0).run(0.2);
        }
        s.leases(id, from..18.0, 1, 1).regions(40.0, 100.0);
    }
    s.leases(s.root(), 0.5..2.0, 1, 4).regions(10.0, 0.0);
    s.leases_outside(10.0..12.0, 1, 1);
    let session = corewise_model::Session {
        at: corewise_model::Nanos::from_millis(15_000),
        budget: 2,
        deterministic: false,
    };
    s.define(15.0, corewise_model::Entry::Session(session));
    s.recording()
}

/// A hyperparameter search: loading, four loky workers with sixteen threads each, then one thread.
fn workers() -> Recording {
    let mut s = Scenario::new(2.0, 42.0).of_machine(64);
    s.header.command =
        ["python", "search.py", "--model", "hist gradient boosting"].map(str::to_owned).to_vec();
    s.environment("OMP_NUM_THREADS", "16");
    s.interpreter(s.root(), &[("numpy", "2.3.4"), ("scipy", "1.16.2"), ("scikit-learn", "1.7.2")]);
    let root = s.root();
    let main = s.main(root);
    let blas = s.pool(root, Runtime::OpenBlas, 16);
    let frames = |name: &str| format!("{name} /site/sklearn/{name}.py:120");
    let load = frames("load_digits");
    s.busy(main, 0.0..4.0).run(0.93);
    s.stack(main, 0.0..4.0, &[&load, "main search.py:8", "<module> search.py:30"], Gil::Holds);
    for thread in s.pool_threads(blas, 15) {
        s.busy(thread, 4.0..7.0).run(0.125).wait(0.8);
    }
    s.busy(main, 4.0..7.0).run(0.13).wait(0.8);
    s.stack(main, 4.0..7.0, &["svd /site/numpy/linalg.py:1681", "main search.py:11"], Gil::Free);
    s.asleep(main, 7.0..33.0, &["_retrieve /site/joblib/parallel.py:1650", "main search.py:19"]);
    for number in 0..4 {
        let start = 7.0 + f64::from(number) * 0.4;
        let worker = s.process(root, StartMethod::Loky, start);
        s.interpreter(worker, &[("numpy", "2.3.4"), ("scikit-learn", "1.7.2")]);
        let first = s.main(worker);
        s.busy(first, start..start + 1.5).run(0.6).wait(0.2);
        s.stack(first, start..9.0, &["<module> /site/sklearn/__init__.py:1"], Gil::Holds);
        let pool = s.pool(worker, Runtime::Libgomp, 16);
        let threads = s.pool_threads(pool, 15);
        for round in 0..6_u8 {
            let at = 9.0 + f64::from(round) * 4.0 + f64::from(number) * 0.15;
            for thread in &threads {
                s.busy(*thread, at..at + 3.4).run(0.031).wait(0.92);
            }
            s.busy(first, at..at + 3.4).run(0.033).wait(0.9);
            let fit = "grow /site/sklearn/ensemble/_hist_gradient_boosting/grower.py:366";
            s.stack(first, at..at + 3.4, &[fit, "fit /site/sklearn/base.py:1363"], Gil::Free);
            s.busy(first, at + 3.4..at + 3.8).run(0.5);
            s.stack(first, at + 3.4..at + 3.8, &["score /site/sklearn/base.py:500"], Gil::Holds);
        }
        s.end(worker, 34.0);
    }
    let helper = s.thread(root, Role::Python, 7.0);
    s.busy(helper, 7.0..33.0).run(0.04);
    s.stack(helper, 7.0..33.0, &["_feed /usr/lib/python3.11/queues.py:239"], Gil::Waits);
    s.busy(main, 33.0..42.0).run(0.97);
    s.stack(main, 33.0..39.0, &["permute report.py:40", "main search.py:25"], Gil::Holds);
    s.stack(
        main,
        39.0..42.0,
        &["savefig /site/matplotlib/figure.py:3", "main search.py:28"],
        Gil::Holds,
    );
    s.throttled(9.0..33.0, 5.5);
    s.strangers(0.0..42.0, 0.4);
    s.unseen(root, 6.8..7.6, 0.3);
    s.notice(
        "sampled instruction pointers are not available: spinning cannot be told apart",
        Some("sysctl kernel.perf_event_paranoid=1"),
    );
    s.recording()
}

/// Threads that never do the same for long, from a small generator of pseudo-random numbers.
fn hour(threads: u32, seconds: f64) -> Recording {
    let mut s = Scenario::new(8.0, 0.02).of_machine(64);
    let root = s.root();
    s.interpreter(root, &[("numpy", "2.3.4")]);
    let mut all = vec![s.main(root)];
    s.stack(all[0], 0.0..0.05, &["fit train.py:10", "main train.py:40"], Gil::Holds);
    s.stack(all[0], 0.0..0.05, &["score train.py:20", "main train.py:40"], Gil::Holds);
    s.asleep(all[0], 0.0..0.05, &["wait queue.py:3", "main train.py:40"]);
    for worker in 0..4 {
        let process = s.process(root, StartMethod::Fork, 0.0);
        let runtime = if worker % 2 == 0 { Runtime::OpenBlas } else { Runtime::Libgomp };
        let pool = s.pool(process, runtime, threads / 4);
        all.extend(s.pool_threads(pool, (threads / 4) as usize));
    }
    let mut recording = s.killed().recording();
    let mut state = 1_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f64 / f64::from(1 << 24)
    };
    let tick = Nanos::from_millis(20);
    let count = Nanos::from_secs_f64(seconds).0 / tick.0;
    let few = all.len() > 1000;
    let mut level = vec![0.0; all.len()];
    recording.ticks.clear();
    recording.stack_ticks.clear();
    let mut busy = Nanos::ZERO;
    for index in 1..=count {
        let at = Nanos(index * tick.0);
        let phase = (index / 700) % 5;
        let mut ticks = Vec::new();
        for (k, thread) in all.iter().enumerate() {
            if random() < 0.02 {
                level[k] = if few && random() < 0.9 { 0.0 } else { random() };
            }
            let active = level[k] * if phase == 4 && k > 0 { 0.0 } else { 1.0 };
            let (run, wait) = (active * (0.1 + 0.2 * random()), active * random() * 0.7);
            if active > 0.05 {
                let part = |share: f64| Nanos::from_secs_f64(share * tick.as_secs_f64());
                busy += part(run);
                ticks.push(ThreadTick {
                    thread: *thread,
                    run: part(run),
                    wait: part(wait),
                    slices: 3,
                });
            }
        }
        recording.ticks.push(Tick { at, interval: tick, threads: ticks, unattributed: Vec::new() });
        if index % 3 == 0 {
            let stack = corewise_model::StackId(if random() < 0.6 {
                0
            } else {
                u32::from(random() < 0.5) + 1
            });
            let sample = corewise_model::StackSample {
                thread: ThreadId(0),
                stack,
                gil: Gil::Holds,
                active: true,
            };
            recording.stack_ticks.push(corewise_model::StackTick {
                process: ProcessId(0),
                at,
                weight: Nanos(tick.0 * 3),
                samples: vec![sample],
            });
        }
        if index % 50 == 0 {
            recording.system.push(SystemTick {
                at,
                load: 3.0,
                machine_busy: busy + Nanos(at.0 / 3),
                program_busy: busy,
                pressure: Known::Known(Nanos(at.0 / 2)),
                throttling: Vec::new(),
            });
        }
    }
    for t in recording.ticks.iter().flat_map(|tick| &tick.threads) {
        recording.threads[t.thread.index()].run += t.run;
        recording.threads[t.thread.index()].wait += t.wait;
    }
    recording.duration = Nanos(count * tick.0);
    recording
}

/// Names that would end a script, open a comment, turn the direction of writing, or fill the page.
fn hostile() -> Recording {
    let attack = "</script><script>window.attacked=1</script><img src=x onerror='window.attacked=1'>\
                  <!--<script>\u{2028}\u{2029}\u{202e}gnp.exe\u{0}\u{1b}]0;x\u{7}\n\"'`${window.attacked=1}";
    let mut s = Scenario::new(2.0, 4.0);
    s.header.command = vec![attack.to_owned(), "x".repeat(10_000), "@@facts@@".to_owned()];
    attack.clone_into(&mut s.header.directory);
    s.environment("OMP_NUM_THREADS", attack);
    let root = s.root();
    s.interpreter(root, &[(attack, attack)]);
    let main = s.main(root);
    s.busy(main, 0.0..4.0);
    let frame = format!("{} {attack}:1", attack.replace(' ', ""));
    s.stack(main, 0.0..4.0, &[&frame], Gil::Waits);
    s.notice(attack, Some(attack));
    let mut pool = corewise_model::scenario::pool(Runtime::OpenBlas, 4, 1);
    attack.clone_into(&mut pool.path);
    pool.version = Known::Known(attack.to_owned());
    let pool = s.pool_of(root, pool, 0.0);
    let threads = s.pool_threads(pool, 3);
    s.busy(threads[0], 0.0..4.0).run(0.5).wait(0.5);
    let native = s.thread(root, Role::Native(attack.to_owned()), 0.0);
    s.busy(native, 1.0..3.0).run(0.2);
    let mut recording = s.recording();
    for thread in &mut recording.threads {
        thread.name = format!("{attack}{}", "n".repeat(10_000));
    }
    attack.clone_into(&mut recording.processes[0].name);
    recording.processes[0].command = vec![attack.to_owned()];
    recording
}

/// Findings as the analysis words them, so that each part of the page has something to show.
fn findings(kind: &str, recording: &Recording) -> Vec<Finding> {
    let seconds = |start: f64, end: f64| Span {
        start: Nanos::from_secs_f64(start),
        end: Nanos::from_secs_f64(end),
    };
    let length = recording.duration.as_secs_f64();
    let rounds = match kind {
        "workers" => {
            (0..6_u8).map(|k| 9.0 + f64::from(k) * 4.0).map(|at| seconds(at, at + 3.8)).collect()
        }
        "hour" => {
            (0..100_u8).map(|k| f64::from(k) * 36.0).map(|at| seconds(at, at + 9.0)).collect()
        }
        "empty" => return Vec::new(),
        "governed" => return corewise_analyse::findings(recording),
        _ => vec![seconds(length * 0.2, length * 0.6)],
    };
    let pool_threads = (0..recording.threads.len())
        .filter(|index| matches!(recording.threads[*index].role, Role::Pool(_)))
        .filter_map(|index| u32::try_from(index).ok())
        .map(ThreadId)
        .collect();
    let hostile = if kind == "hostile" { "<img src=x onerror=window.attacked=1>" } else { "" };
    vec![
        Finding {
            code: Code::Cw101,
            severity: Severity::Severe,
            title: format!("4 loky workers × 16 OpenMP threads = 64 runnable on 2 cores{hostile}"),
            evidence: vec![Evidence {
                text: "while the workers fitted, 57.1 threads were runnable on average".to_owned(),
                spans: rounds,
                threads: pool_threads,
                measures: vec![
                    Measure { name: "runnable threads".to_owned(), value: 57.1, unit: "threads".to_owned() },
                    Measure { name: "run-queue delay".to_owned(), value: 1.14e12, unit: "ns".to_owned() },
                ],
                ..Evidence::default()
            }],
            cost: Cost {
                lost: Known::Known(CoreSeconds(9.4)),
                how: "CPU time spent in spin loops and on switching between threads while more threads were runnable than cores allowed".to_owned(),
            },
            fixes: vec![
                Fix { text: "Give each worker its part of the cores".to_owned(), command: Some("OMP_NUM_THREADS=1 python search.py".to_owned()) },
                Fix { text: "Or let corewise size every pool".to_owned(), command: Some("corewise run -- python search.py".to_owned()) },
            ],
        },
        Finding {
            code: Code::Cw201,
            severity: Severity::Warning,
            title: "One thread busy for 13.0 s, in permute, savefig and load_digits".to_owned(),
            evidence: vec![Evidence {
                text: "only the main thread ran".to_owned(),
                spans: vec![seconds(0.0, length * 0.1), seconds(length * 0.79, length)],
                threads: vec![ThreadId(0)],
                stack: (!recording.stacks.is_empty()).then_some(corewise_model::StackId(0)),
                ..Evidence::default()
            }],
            cost: Cost {
                lost: Known::Known(CoreSeconds(13.1)),
                how: "allowed cores less busy cores, over these stretches".to_owned(),
            },
            fixes: vec![Fix { text: "permutation_importance takes n_jobs".to_owned(), command: None }],
        },
        Finding {
            code: Code::Cw301,
            severity: Severity::Note,
            title: "Two copies of OpenBLAS in one process: numpy's and scipy's".to_owned(),
            evidence: vec![Evidence { text: "each has its own threads".to_owned(), ..Evidence::default() }],
            cost: Cost { lost: Known::unknown("both were never busy at once"), how: "not computed".to_owned() },
            fixes: Vec::new(),
        },
    ]
}
