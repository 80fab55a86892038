//! Python stacks over time, as stretches in which a thread's stack did not change.

use corewise_model::{Gil, Nanos, Recording, StackSample};
use serde::Serialize;

use super::columns::Columns;

/// More stretches than this are thinned: half of the looks, a quarter …
const MOST_STRETCHES: usize = 500_000;

/// Finer than anybody looks at stacks; what lasts for more than five days is told less finely.
const FINEST: Nanos = Nanos(100_000);

/// Where no stack was seen.
const NONE: u32 = u32::MAX;

/// How the stacks were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Stacks {
    /// One look in this many was kept.
    pub(super) kept: usize,
}

/// A stretch of one thread's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    start: Nanos,
    end: Nanos,
    stack: u32,
    state: u8,
}

/// Adds, thread after thread, `stack.at` (as differences within a thread), `stack.id` and `stack.state`, and `stack.offset` to find a thread's part. State is 0
/// to 2 for holding, waiting for and not needing the GIL, plus 4 where the thread was active.
pub(super) fn write(recording: &Recording, columns: &mut Columns) -> Stacks {
    let mut kept = 1;
    let mut threads = stretches(recording, kept);
    while threads.iter().map(Vec::len).sum::<usize>() > MOST_STRETCHES {
        kept *= 2;
        threads = stretches(recording, kept);
    }
    let unit = Nanos(FINEST.0.max(recording.duration.0.div_ceil(u64::from(u32::MAX))));
    let (mut at, mut id, mut state) = (Vec::new(), Vec::new(), Vec::new());
    let mut offset = vec![0];
    for thread in &threads {
        let mut before = 0;
        let mut push = |moment: Nanos, stack: u32, how: u8| {
            let units = u32::try_from(moment.0 / unit.0).unwrap_or(u32::MAX);
            at.push(units.saturating_sub(before));
            id.push(stack);
            state.push(how);
            before = units;
        };
        for (index, stretch) in thread.iter().enumerate() {
            push(stretch.start, stretch.stack, stretch.state);
            if thread.get(index + 1).is_none_or(|next| next.start > stretch.end) {
                push(stretch.end, NONE, 0);
            }
        }
        offset.push(u32::try_from(at.len()).unwrap_or(u32::MAX));
    }
    columns.scaled("stack.at", &at, unit.as_secs_f64());
    columns.u32("stack.id", &id);
    columns.u8("stack.state", &state);
    columns.u32("stack.offset", &offset);
    Stacks { kept }
}

fn stretches(recording: &Recording, kept: usize) -> Vec<Vec<Stretch>> {
    let mut threads: Vec<Vec<Stretch>> = vec![Vec::new(); recording.threads.len()];
    let mut looks = vec![0_usize; recording.processes.len()];
    for tick in &recording.stack_ticks {
        let look = &mut looks[tick.process.index()];
        *look += 1;
        if !(*look - 1).is_multiple_of(kept) {
            continue;
        }
        let length = tick.weight.0.saturating_mul(kept as u64);
        let start = tick.at - Nanos(length);
        for sample in &tick.samples {
            let thread = &mut threads[sample.thread.index()];
            let (stack, state) = (sample.stack.0, state(*sample));
            match thread.last_mut() {
                // Looks are not perfectly even: half a look apart is still without a gap.
                Some(last) if start.0 <= last.end.0.saturating_add(length / 2) => {
                    if last.stack == stack && last.state == state {
                        last.end = tick.at;
                        continue;
                    }
                    let start = last.end;
                    thread.push(Stretch { start, end: tick.at.max(start), stack, state });
                }
                _ => thread.push(Stretch { start, end: tick.at, stack, state }),
            }
        }
    }
    threads
}

fn state(sample: StackSample) -> u8 {
    let gil = match sample.gil {
        Gil::Holds => 0,
        Gil::Waits => 1,
        Gil::Free => 2,
    };
    gil | u8::from(sample.active) << 2
}

#[cfg(test)]
mod tests {
    use corewise_model::scenario::Scenario;

    use super::*;

    #[test]
    fn equal_stacks_are_one_stretch_and_gaps_remain() {
        let mut s = Scenario::new(2.0, 10.0);
        let main = s.main(s.root());
        s.stack(main, 0.0..4.0, &["fit a.py:1", "<module> a.py:9"], Gil::Holds);
        s.stack(main, 6.0..10.0, &["predict a.py:5", "<module> a.py:10"], Gil::Waits);
        let stretches = stretches(&s.recording(), 1);
        let main = &stretches[0];
        assert_eq!(main.len(), 2);
        assert_eq!((main[0].state, main[1].state), (4, 1));
        assert!(main[0].end < main[1].start);
    }

    #[test]
    fn thinning_keeps_the_time_covered() {
        let mut s = Scenario::new(2.0, 10.0);
        let main = s.main(s.root());
        s.stack(main, 0.0..10.0, &["fit a.py:1"], Gil::Free);
        let (all, thin) = (stretches(&s.recording(), 1), stretches(&s.recording(), 4));
        assert_eq!((all[0].len(), thin[0].len()), (1, 1));
        let length = |s: &Stretch| (s.end - s.start).as_secs_f64();
        assert!((length(&all[0][0]) - length(&thin[0][0])).abs() < 0.5);
    }
}
