//! From a scenario to entries.

use std::collections::BTreeMap;

use super::{Load, Scenario, count, leases, nanos, overlap, whole};
use crate::{
    Entry, Known, Nanos, NativeTick, ProcessId, StackSample, SystemTick, ThreadId, ThreadTick, Tick,
};

/// Definitions keep the order in which they were declared, because their place is their number;
/// each is written no later than its time.
pub(super) fn entries(scenario: &Scenario) -> Vec<Entry> {
    let mut out = vec![Entry::Header(Box::new(scenario.header.clone()))];
    let mut written = 0;
    let mut define = |out: &mut Vec<Entry>, until: Nanos| {
        let due = scenario.definitions.iter().rposition(|(at, _)| *at <= until);
        let due = due.map_or(0, |last| last + 1).max(written);
        out.extend(scenario.definitions[written..due].iter().map(|(_, entry)| entry.clone()));
        written = due;
    };
    define(&mut out, Nanos::ZERO);
    let rate = scenario.header.rate;
    let count = whole((scenario.length * rate).ceil());
    let every = |hz: f64| whole(rate / hz).max(1);
    let (stacks_every, second) = (every(scenario.header.stack_rate), every(1.0));
    let mut total = Nanos::ZERO;
    for k in 0..count {
        let (start, end) = (k as f64 / rate, ((k + 1) as f64 / rate).min(scenario.length));
        define(&mut out, nanos(end));
        let tick = tick(scenario, start, end);
        total += tick.threads.iter().map(|t| t.run).sum();
        total += tick.unattributed.iter().map(|(_, run)| *run).sum();
        out.push(Entry::Tick(tick));
        out.extend(leases::tick(scenario, start, end).map(Entry::Leases));
        if k % stacks_every == stacks_every - 1 {
            stacks(scenario, &mut out, end, stacks_every as f64 / rate);
        }
        if k % second == second - 1 || k + 1 == count {
            let since = (k - k % second) as f64 / rate;
            each_second(scenario, &mut out, since, end, total);
        }
    }
    define(&mut out, Nanos(u64::MAX));
    for (process, uses) in &scenario.generators {
        out.push(Entry::BitGenerators(*process, nanos(scenario.length), uses.clone()));
    }
    if scenario.ended {
        out.push(Entry::End {
            at: nanos(scenario.length),
            status: Some(0),
            charged: Known::Known(total),
            recorder: nanos(scenario.length * 0.005),
        });
    }
    out
}

fn tick(scenario: &Scenario, start: f64, end: f64) -> Tick {
    let mut threads: BTreeMap<ThreadId, ThreadTick> = BTreeMap::new();
    for load in &scenario.loads {
        let here = overlap(&load.range, start, end);
        if here == 0.0 {
            continue;
        }
        let entry = threads.entry(load.thread).or_insert(ThreadTick {
            thread: load.thread,
            run: Nanos::ZERO,
            wait: Nanos::ZERO,
            slices: 0,
        });
        entry.run += nanos(here * load.run);
        entry.wait += wait(load, here, start, end);
        let slices = count(&load.range, load.slices, start, end);
        entry.slices += u32::try_from(slices).unwrap_or(u32::MAX);
    }
    threads.retain(|_, t| t.run + t.wait > Nanos::ZERO);
    let mut unattributed: BTreeMap<ProcessId, Nanos> = BTreeMap::new();
    for (process, range, cores) in &scenario.unattributed {
        *unattributed.entry(*process).or_default() += nanos(overlap(range, start, end) * cores);
    }
    unattributed.retain(|_, run| *run > Nanos::ZERO);
    Tick {
        at: nanos(end),
        interval: nanos(end) - nanos(start),
        threads: threads.into_values().collect(),
        unattributed: unattributed.into_iter().collect(),
    }
}

fn wait(load: &Load, here: f64, start: f64, end: f64) -> Nanos {
    if !load.late {
        nanos(here * load.wait)
    } else if load.range.end > start && load.range.end <= end {
        nanos((load.range.end - load.range.start) * load.wait)
    } else {
        Nanos::ZERO
    }
}

fn stacks(scenario: &Scenario, out: &mut Vec<Entry>, at: f64, weight: f64) {
    let mut samples: BTreeMap<ProcessId, Vec<StackSample>> = BTreeMap::new();
    for load in &scenario.stack_loads {
        // A stack that is looked at where its stretch ends belongs to it.
        if load.range.start < at && at <= load.range.end {
            samples.entry(scenario.threads[load.thread.index()]).or_default().push(StackSample {
                thread: load.thread,
                stack: load.stack,
                gil: load.gil,
                active: load.active,
            });
        }
    }
    for (process, samples) in samples {
        out.push(Entry::Stacks(process, nanos(at), nanos(weight), samples));
    }
}

fn each_second(scenario: &Scenario, out: &mut Vec<Entry>, start: f64, end: f64, busy: Nanos) {
    for load in &scenario.loads {
        let voluntary = count(&load.range, load.voluntary, start, end);
        let involuntary = count(&load.range, load.involuntary, start, end);
        if voluntary + involuntary > 0 {
            out.push(Entry::Switches(load.thread, nanos(end), voluntary, involuntary));
        }
    }
    if scenario.native_watched {
        let ticks = scenario.native.iter().filter_map(|(thread, range, per_second, part)| {
            let samples = overlap(range, start, end) * f64::from(*per_second);
            let number = |value: f64| u32::try_from(whole(value)).unwrap_or(u32::MAX);
            let (samples, spinning) = (number(samples), number(samples * part));
            (samples > 0).then_some(NativeTick { thread: *thread, samples, spinning })
        });
        out.push(Entry::Native(nanos(end), ticks.collect()));
    }
    let strangers: f64 = scenario.strangers.iter().map(|(r, c)| overlap(r, 0.0, end) * c).sum();
    out.push(Entry::System(SystemTick {
        at: nanos(end),
        load: 0.0,
        machine_busy: busy + nanos(strangers),
        program_busy: busy,
        pressure: Known::unknown("a test"),
        throttling: scenario.throttling(end),
    }));
}
