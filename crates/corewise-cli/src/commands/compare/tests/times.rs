//! Times, ratios, and what is said of them.

use super::*;

/// A program that the governor makes four times as fast, on a machine that changes its speed.
fn oversubscribed(setting: Setting, n: usize) -> Script {
    let slow = [90, 40, 41, 60, 42, 40][n];
    takes(match setting {
        Setting::Without => slow * 100,
        Setting::Governed | Setting::Raised { .. } => slow * 25 + n as u64,
        Setting::Static { threads: 1, .. } => slow * 30,
        Setting::Static { .. } => slow * 25,
    })
}

#[test]
fn two_settings_are_compared_round_by_round() {
    let measured = compare(plan(false, 5), oversubscribed);
    assert_eq!(
        text(&measured),
        "                  without        governed
runs                    5               5
time, median       4.10 s          1.03 s
time, fastest      4.00 s          1.00 s
time, slowest      6.00 s          1.50 s
CPU, median        8.20 s          2.05 s
ratio to without                    0.251
93.7 % interval            0.250 to 0.251
exit code               0               0
stdout               same            same
stderr               same            same

governed takes 0.251 of the time without it (0.250 to 0.251, 93.7 % confidence, 5 rounds)
"
    );
    assert_eq!(judgement::status(&measured), ExitStatus::Success);
}

#[test]
fn static_settings_have_columns_and_a_best() {
    let measured = compare(plan(true, 5), oversubscribed);
    assert_eq!(
        text(&measured),
        "                  without        governed        1 thread       2 threads
runs                    5               5               5               5
time, median       4.10 s          1.03 s          1.23 s          1.02 s
time, fastest      4.00 s          1.00 s          1.20 s          1.00 s
time, slowest      6.00 s          1.50 s          1.80 s          1.50 s
CPU, median        8.20 s          2.05 s          2.46 s          2.05 s
ratio to without                    0.251           0.300           0.250
93.7 % interval            0.250 to 0.251  0.300 to 0.300  0.250 to 0.250
exit code               0               0               0               0
stdout               same            same            same            same
stderr               same            same            same            same

governed takes 0.251 of the time without it (0.250 to 0.251, 93.7 % confidence, 5 rounds)
governed takes 1.00 times the time of 2 threads, the best static setting (1.00 to 1.00, 93.7 % \
confidence, 5 rounds)
best of all: 2 threads
"
    );
    assert!(table::render(&measured).lines().all(|line| line.len() <= 80));
}

#[test]
fn rounds_are_interleaved_and_the_order_changes() {
    let script = |_: Setting, _: usize| takes(10);
    let mut program = Scripted { script, runs: Vec::new(), signal: None };
    let mut events = Vec::new();
    measure(plan(false, 3), &mut program, &mut |event| {
        if let Event::Begins { warmup, round, setting } = event {
            events.push((*warmup, *round, setting.name()));
        }
    })
    .unwrap();
    let event = |warmup, round, name: &str| (warmup, round, name.to_owned());
    assert_eq!(
        events,
        [
            event(true, 1, "without"),
            event(true, 1, "governed"),
            event(false, 1, "without"),
            event(false, 1, "governed"),
            event(false, 2, "governed"),
            event(false, 2, "without"),
            event(false, 3, "without"),
            event(false, 3, "governed"),
        ]
    );
}

#[test]
fn the_warm_up_is_neither_timed_nor_compared() {
    let measured = compare(plan(false, 5), |_, n| {
        let first = n == 0;
        Script {
            stdout: if first { "compiling\n" } else { "" }.to_owned(),
            ..takes(if first { 9000 } else { 100 })
        }
    });
    assert_eq!(figures::wall(&measured, 0).map(|wall| wall.most), Some(0.1));
    assert_eq!(judgement::status(&measured), ExitStatus::Success);
}

#[test]
fn too_few_rounds_give_no_interval() {
    let text = text(&compare(plan(false, 3), oversubscribed));
    assert_eq!(row(&text, "interval "), ["none"]);
    assert!(
        text.ends_with(
            "\ngoverned takes 0.250 of the time without it; no interval: 3 rounds cannot give one of \
             90 % confidence\n"
        ),
        "{text}"
    );
}

#[test]
fn noise_is_no_difference() {
    let measured = compare(plan(false, 5), |setting, n| match setting {
        Setting::Without => takes(100),
        _ => takes([100, 97, 98, 104, 99, 101][n]),
    });
    let text = verdict::render(&measured);
    assert_eq!(
        text,
        "no difference is shown: governed takes 0.990 of the time without it (0.970 to 1.04, 93.7 % \
         confidence, 5 rounds)\n"
    );
}

#[test]
fn processes_that_are_left_are_told() {
    let measured = compare(plan(false, 5), |setting, _| Script {
        left_processes: setting == Setting::Governed,
        ..takes(100)
    });
    assert!(verdict::render(&measured).contains("left processes running (governed): "));
}

#[test]
fn json_has_every_run_and_the_ratios() {
    let command = ["python".to_owned(), "train.py".to_owned()];
    let document = json::document(&compare(plan(true, 5), oversubscribed), &command);
    assert_eq!(document["schema"], 1);
    assert_eq!(document["best"], "2 threads");
    assert_eq!(document["best_static"], "2 threads");
    assert_eq!((&document["exit_codes"], &document["stdout"]), (&"same".into(), &"same".into()));
    assert_eq!(document["stopped"], serde_json::Value::Null);
    let of: Vec<(&str, &str)> = document["ratios"]
        .as_array()
        .unwrap()
        .iter()
        .map(|ratio| (ratio["of"].as_str().unwrap(), ratio["to"].as_str().unwrap()))
        .collect();
    assert_eq!(
        of,
        [
            ("governed", "without"),
            ("1 thread", "without"),
            ("2 threads", "without"),
            ("governed", "2 threads")
        ]
    );
    assert_eq!(document["ratios"][0]["interval"]["confidence"], 0.9375);
    let setting = &document["settings"][2];
    assert_eq!(setting["set"]["OMP_NUM_THREADS"], "1");
    assert_eq!(setting["runs"].as_array().unwrap().len(), 6);
    assert_eq!(setting["runs"][0]["warmup"], true);
    assert_eq!(setting["runs"][1]["wall_ns"], 1_200_000_000_u64);
    assert_eq!(setting["runs"][1]["exit_code"], 0);
    assert_eq!(setting["runs"][1]["stdout"]["bytes"], 12);
}

#[test]
fn sentences_are_wrapped_and_excerpts_are_not() {
    let long = "word ".repeat(20);
    let (sentence, excerpt) = (long.trim_end(), format!("    {long}end"));
    let text = verdict::wrapped(&format!("{sentence}\n{excerpt}\nshort\n"));
    let first = "word ".repeat(16);
    assert_eq!(text, format!("{}\n  word word word word\n{excerpt}\nshort\n", first.trim_end()));
}
