//! Pools that were busy at the same time and had too few cores for it.

use std::collections::{BTreeMap, HashMap};

use corewise_model::{Nanos, PoolId};

use crate::facts::Facts;
use crate::stretches::{Least, Stretches};

/// A pool is busy in a tick with this many runnable threads on average.
pub(crate) const BUSY: f64 = 0.3;
/// The program has too few cores in a tick with this many runnable threads above the allowed ones.
pub(crate) const ABOVE: f64 = 0.5;
/// How long it must last to be worth reporting.
pub(crate) const LEAST: Least =
    Least { time: Nanos::from_millis(250), share: 0.05, anyway: Nanos(60_000_000_000) };

/// Pools of one process that were busy at the same time, by sides: the copies of a runtime, or two
/// runtimes.
#[derive(Debug, Clone)]
pub(crate) struct Group {
    pub(crate) sides: Vec<Vec<PoolId>>,
}

/// For each group the stretches in which at least two of its sides were busy at the same time,
/// while more threads of the program were runnable than are allowed.
pub(crate) fn together(facts: &Facts<'_>, groups: &[Group]) -> Vec<Stretches> {
    let mut places: HashMap<PoolId, Vec<(usize, usize)>> = HashMap::new();
    for (g, group) in groups.iter().enumerate() {
        for (side, pools) in group.sides.iter().enumerate() {
            for pool in pools {
                places.entry(*pool).or_default().push((g, side));
            }
        }
    }
    let mut ticks: Vec<Vec<usize>> = vec![Vec::new(); groups.len()];
    for (k, tick) in facts.activity.ticks.iter().enumerate() {
        if places.is_empty() || facts.runnable[k] < facts.limit() + ABOVE {
            continue;
        }
        let mut runnable: BTreeMap<(usize, usize), f64> = BTreeMap::new();
        for t in &tick.threads {
            let pool = facts.recording.pool_of(t.thread);
            for place in pool.and_then(|pool| places.get(&pool)).into_iter().flatten() {
                *runnable.entry(*place).or_default() += t.runnable();
            }
        }
        runnable.retain(|_, threads| *threads >= BUSY);
        let mut before = None;
        for (group, _) in runnable.into_keys() {
            if before == Some(group) && ticks[group].last() != Some(&k) {
                ticks[group].push(k);
            }
            before = Some(group);
        }
    }
    ticks
        .iter()
        .map(|ticks| {
            Stretches::of(facts.activity, Nanos::ZERO, |k, _| ticks.binary_search(&k).is_ok())
        })
        .collect()
}

/// The mean number of runnable threads in these stretches.
pub(crate) fn mean_runnable(facts: &Facts<'_>, stretches: &Stretches) -> f64 {
    let sum: f64 = stretches
        .ticks()
        .map(|k| facts.runnable[k] * facts.activity.ticks[k].interval.as_secs_f64())
        .sum();
    let time = stretches.time.as_secs_f64();
    if time > 0.0 { sum / time } else { 0.0 }
}
