//! The ticks in which something held, and the stretches that they make.

use corewise_model::{Nanos, Span};

use crate::{Activity, TickActivity};

/// Stretches with less than this between them are shown as one.
const JOINED: Nanos = Nanos::from_millis(100);

/// More stretches than this are joined further: nobody reads them, and a report must load.
const MOST: usize = 400;

/// The ticks in which something held.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stretches {
    chosen: Vec<bool>,
    /// The time of the ticks themselves, without the gaps that `spans` bridge.
    pub(crate) time: Nanos,
    /// The ticks, joined where little lies between them.
    pub(crate) spans: Vec<Span>,
}

/// How long something must hold to be worth reporting.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Least {
    /// Never for less than this.
    pub(crate) time: Nanos,
    /// At least this part of the wall time …
    pub(crate) share: f64,
    /// … or this long, in a run of hours.
    pub(crate) anyway: Nanos,
}

impl Least {
    pub(crate) fn met(&self, time: Nanos, wall: Nanos) -> bool {
        time >= self.time && (time >= self.anyway || time.0 as f64 >= self.share * wall.0 as f64)
    }
}

impl Stretches {
    /// The ticks for which `held` is true, in stretches of at least `shortest`.
    pub(crate) fn of(
        activity: &Activity,
        shortest: Nanos,
        mut held: impl FnMut(usize, &TickActivity) -> bool,
    ) -> Self {
        let ticks = &activity.ticks;
        let mut chosen: Vec<bool> = ticks.iter().enumerate().map(|(k, t)| held(k, t)).collect();
        let mut k = 0;
        while k < chosen.len() {
            let from = k;
            let mut length = Nanos::ZERO;
            while k < chosen.len() && chosen[k] {
                length += ticks[k].interval;
                k += 1;
            }
            if length < shortest {
                chosen[from..k].fill(false);
            }
            k += usize::from(k == from);
        }
        let mut spans: Vec<Span> = Vec::new();
        let mut time = Nanos::ZERO;
        for (tick, _) in ticks.iter().zip(&chosen).filter(|(_, chosen)| **chosen) {
            time += tick.interval;
            let (start, end) = (tick.start(), tick.at);
            match spans.last_mut() {
                Some(last) if start - last.end <= JOINED => last.end = last.end.max(end),
                _ => spans.push(Span { start, end }),
            }
        }
        Self { chosen, time, spans: fewer(spans) }
    }

    /// The numbers of the ticks.
    pub(crate) fn ticks(&self) -> impl Iterator<Item = usize> + '_ {
        self.chosen.iter().enumerate().filter_map(|(k, chosen)| chosen.then_some(k))
    }

    /// Whether a tick is one of them.
    pub(crate) fn has(&self, tick: usize) -> bool {
        self.chosen.get(tick).copied().unwrap_or(false)
    }
}

/// Joins the closest neighbours until few enough are left.
pub(crate) fn fewer(mut spans: Vec<Span>) -> Vec<Span> {
    while spans.len() > MOST {
        let mut gaps: Vec<Nanos> =
            spans.windows(2).map(|pair| pair[1].start - pair[0].end).collect();
        gaps.sort_unstable();
        let limit = gaps[gaps.len() - MOST / 2];
        let mut joined: Vec<Span> = Vec::new();
        for span in spans {
            match joined.last_mut() {
                Some(last) if span.start - last.end <= limit => last.end = span.end,
                _ => joined.push(span),
            }
        }
        spans = joined;
    }
    spans
}

#[cfg(test)]
mod tests {
    use corewise_model::scenario::Scenario;
    use proptest::prelude::*;

    use super::*;
    use crate::activity;

    fn busy(ranges: &[(f64, f64)], shortest: u64) -> Stretches {
        let mut s = Scenario::new(2.0, 2.0);
        for (start, end) in ranges {
            s.busy(s.main(s.root()), *start..*end);
        }
        Stretches::of(&activity(&s.recording()), Nanos::from_millis(shortest), |_, t| {
            t.running() > 0.5
        })
    }

    #[test]
    fn small_gaps_are_bridged_and_not_counted() {
        let stretches = busy(&[(0.2, 0.4), (0.44, 0.6), (1.0, 1.2)], 0);
        let ms: Vec<_> =
            stretches.spans.iter().map(|s| (s.start.0 / 1_000_000, s.end.0 / 1_000_000)).collect();
        assert_eq!(ms, [(200, 600), (1000, 1200)]);
        assert_eq!(stretches.time, Nanos::from_millis(560));
    }

    #[test]
    fn short_stretches_can_be_left_out() {
        let stretches = busy(&[(0.2, 0.26), (1.0, 1.2)], 100);
        assert_eq!((stretches.time, stretches.spans.len()), (Nanos::from_millis(200), 1));
        assert_eq!(stretches.ticks().count(), 10);
    }

    proptest! {
        #[test]
        fn joined_spans_stay_in_order_and_cover(starts in prop::collection::btree_set(0u64..1_000_000, 0..1500)) {
            let spans: Vec<Span> = starts.into_iter()
                .map(|s| Span { start: Nanos(s * 10), end: Nanos(s * 10 + 5) }).collect();
            let fewer = fewer(spans.clone());
            prop_assert!(fewer.len() <= MOST);
            prop_assert!(fewer.windows(2).all(|pair| pair[0].end < pair[1].start));
            for span in &spans {
                prop_assert!(fewer.iter().any(|f| f.start <= span.start && span.end <= f.end));
            }
        }
    }
}
