//! The comparison as JSON.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::figures::{self, BASE, GOVERNED};
use super::judgement::{Agreement, Stream, same_outcomes};
use super::measure::{Measured, Outcome, Run, Stop};
use super::outputs::{Difference, Printed};
use super::settings::Setting;
use super::statistics::{Ratio, Spread};

/// Counted up when a field changes its meaning or goes away. New fields may come at any time.
const SCHEMA: u32 = 1;

/// The whole document.
pub(super) fn document(measured: &Measured, command: &[String]) -> Value {
    let plan = &measured.plan;
    let name = |setting: usize| plan.settings[setting].name();
    let settings: Vec<Value> = (0..plan.settings.len()).map(|i| setting(measured, i)).collect();
    let to_base = (BASE + 1..plan.settings.len()).map(|setting| (setting, BASE));
    let to_static = figures::best_static(measured).map(|best| (GOVERNED, best));
    let ratios: Vec<Value> = to_base
        .chain(to_static)
        .filter_map(|(of, to)| {
            Some(ratio(&name(of), &name(to), &figures::ratio(measured, of, to)?))
        })
        .collect();
    json!({
        "schema": SCHEMA,
        "corewise": env!("CARGO_PKG_VERSION"),
        "command": command,
        "rounds": plan.rounds,
        "warmup": plan.warmups,
        "stopped": match measured.stop {
            None => Value::Null,
            Some(Stop::Failing) => json!("failing"),
            Some(Stop::Interrupted(_)) => json!("interrupted"),
        },
        "settings": settings,
        "ratios": ratios,
        "best": figures::best(measured, |_| true).map(name),
        "best_static": figures::best_static(measured).map(name),
        "exit_codes": if same_outcomes(measured) { "same" } else { "differ" },
        "stdout": stream(measured, Stream::Stdout),
        "stderr": stream(measured, Stream::Stderr),
    })
}

fn setting(measured: &Measured, index: usize) -> Value {
    let setting: Setting = measured.plan.settings[index];
    let spread = |spread: Option<Spread>| {
        spread.map(|s| json!({"median": s.median, "fastest": s.least, "slowest": s.most}))
    };
    // The governor's are of one run each.
    let environment = setting.environment(None);
    let set: BTreeMap<String, String> = environment.set.into_iter().collect();
    let runs: Vec<Value> =
        measured.runs.iter().filter(|run| run.setting == index).map(run).collect();
    json!({
        "name": setting.name(),
        "set": set,
        "removed": environment.removed,
        "wall_s": spread(figures::wall(measured, index)),
        "cpu_s": spread(figures::cpu(measured, index)),
        "stderr_tail": measured.tails.get(&index),
        "runs": runs,
    })
}

fn run(run: &Run) -> Value {
    let (code, signal) = match run.outcome {
        Outcome::Code(code) => (Some(code), None),
        Outcome::Signal(signal) => (None, Some(signal)),
        Outcome::TimedOut => (None, None),
    };
    json!({
        "round": run.round,
        "warmup": run.warmup,
        "wall_ns": run.wall.0,
        "cpu_ns": run.cpu.map(|cpu| cpu.0),
        "exit_code": code,
        "signal": signal,
        "timed_out": run.outcome == Outcome::TimedOut,
        "left_processes": run.left_processes,
        "stdout": printed(&run.stdout),
        "stderr": printed(&run.stderr),
    })
}

/// The hash is only good for comparing: corewise may use another one tomorrow.
fn printed(printed: &Printed) -> Value {
    let difference = printed.difference.as_ref().map(|difference| match difference {
        Difference::At { offset, line, reference, other } => json!({
            "offset": offset, "line": line, "reference": reference, "other": other,
        }),
        Difference::Later => json!({"offset": null}),
    });
    json!({
        "bytes": printed.length,
        "hash": format!("{:016x}", printed.hash),
        "difference": difference,
    })
}

fn ratio(of: &str, to: &str, ratio: &Ratio) -> Value {
    let interval = ratio.interval.map(|interval| {
        json!({"low": interval.low, "high": interval.high, "confidence": interval.confidence})
    });
    json!({
        "of": of,
        "to": to,
        "median": ratio.median,
        "rounds": ratio.rounds,
        "interval": interval,
    })
}

fn stream(measured: &Measured, stream: Stream) -> &'static str {
    match stream.agreement(measured) {
        Agreement::Same => "same",
        Agreement::Differs => "differs",
        Agreement::Varies(_) => "varies",
    }
}
