//! CPU time that threads spent in spin loops, from sampled instruction pointers.

use std::collections::BTreeMap;

use corewise_model::{Nanos, ThreadId};

use crate::facts::Facts;
use crate::stretches::Stretches;

/// CPU time in spin loops.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Spun {
    /// For each thread that was sampled: its CPU time, and how much of it was spent spinning.
    pub(crate) threads: BTreeMap<ThreadId, Spinning>,
    /// Samples, in all.
    pub(crate) samples: u64,
}

/// One thread's CPU time.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Spinning {
    /// While it was sampled.
    pub(crate) run: f64,
    /// In spin loops, in seconds.
    pub(crate) spun: f64,
}

impl Spun {
    /// Seconds of CPU time in spin loops, of the threads for which `wanted` is true.
    pub(crate) fn seconds(&self, mut wanted: impl FnMut(ThreadId) -> bool) -> f64 {
        self.threads.iter().filter(|(id, _)| wanted(**id)).map(|(_, s)| s.spun).sum()
    }
}

/// The part of each thread's samples that fell into spin loops, times the CPU time that it used
/// meanwhile; of the chosen ticks only, where some are given. `None` where nothing was sampled.
pub(crate) fn spun(facts: &Facts<'_>, within: Option<&Stretches>) -> Option<Spun> {
    if facts.recording.native_ticks.is_empty() {
        return None;
    }
    let mut spun = Spun::default();
    let mut run: BTreeMap<ThreadId, f64> = BTreeMap::new();
    let mut ticks = facts.activity.ticks.iter().enumerate().peekable();
    for (at, natives) in &facts.recording.native_ticks {
        run.clear();
        while let Some((k, tick)) = ticks.next_if(|(_, tick)| tick.at <= *at) {
            if within.is_none_or(|stretches| stretches.has(k)) {
                for t in &tick.threads {
                    *run.entry(t.thread).or_default() +=
                        f64::from(t.running) * tick.interval.as_secs_f64();
                }
            }
        }
        // A thread may be named twice; its CPU time is still there once.
        let mut samples: BTreeMap<ThreadId, (u64, u64)> = BTreeMap::new();
        for native in natives {
            let (all, spinning) = samples.entry(native.thread).or_default();
            *all += u64::from(native.samples);
            *spinning += u64::from(native.spinning.min(native.samples));
        }
        for (id, (all, spinning)) in samples.into_iter().filter(|(_, (all, _))| *all > 0) {
            let used = run.get(&id).copied().unwrap_or(0.0);
            let thread = spun.threads.entry(id).or_default();
            thread.run += used;
            thread.spun += used * (spinning as f64 / all as f64);
            spun.samples += all;
        }
    }
    Some(spun)
}

/// The stretches in which pool threads spun for at least this part of the samples, from one look
/// at the samples to the next.
pub(crate) fn spans(
    facts: &Facts<'_>,
    part: f64,
    wanted: impl Fn(ThreadId) -> bool,
) -> Vec<corewise_model::Span> {
    let mut spans: Vec<corewise_model::Span> = Vec::new();
    let mut start = Nanos::ZERO;
    for (at, natives) in &facts.recording.native_ticks {
        let of = |pick: fn(&corewise_model::NativeTick) -> u32| -> u64 {
            natives.iter().filter(|n| wanted(n.thread)).map(|n| u64::from(pick(n))).sum()
        };
        let (samples, spinning) = (of(|n| n.samples), of(|n| n.spinning));
        if samples > 0 && spinning as f64 >= part * samples as f64 {
            match spans.last_mut() {
                Some(last) if last.end == start => last.end = *at,
                _ => spans.push(corewise_model::Span { start, end: *at }),
            }
        }
        start = *at;
    }
    crate::stretches::fewer(spans)
}

#[cfg(test)]
mod tests {
    use corewise_model::Runtime;
    use corewise_model::scenario::Scenario;

    use super::*;
    use crate::activity;

    #[test]
    fn the_sampled_part_of_the_cpu_time_counts() {
        let mut s = Scenario::new(2.0, 4.0);
        let pool = s.pool(s.root(), Runtime::OpenBlas, 2);
        let thread = s.pool_threads(pool, 1)[0];
        s.busy(thread, 0.0..3.0).run(0.5);
        s.native(thread, 1.0..2.0, 100, 0.4);
        let recording = s.recording();
        let activity = activity(&recording);
        let facts = Facts::new(&recording, &activity);
        let all = spun(&facts, None).unwrap();
        assert!((all.seconds(|_| true) - 0.2).abs() < 1e-3, "{all:?}");
        assert_eq!(all.samples, 100);
        assert!(all.seconds(|id| id != thread) < 1e-9);
        let half = Stretches::of(&activity, Nanos::ZERO, |_, t| t.at <= Nanos::from_millis(1500));
        let within = spun(&facts, Some(&half)).unwrap();
        assert!((within.seconds(|_| true) - 0.1).abs() < 1e-3);
        let spans = spans(&facts, 0.3, |_| true);
        assert_eq!(spans.len(), 1);
        assert_eq!(spans[0].end, Nanos::SECOND + Nanos::SECOND);
    }

    #[test]
    fn without_samples_nothing_is_known() {
        let recording = Scenario::new(2.0, 1.0).recording();
        let activity = activity(&recording);
        assert_eq!(spun(&Facts::new(&recording, &activity), None), None);
    }
}
