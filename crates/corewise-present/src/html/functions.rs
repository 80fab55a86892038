//! The table of Python functions: who was on a core, who waited for the GIL, who was alone.

use std::collections::{HashMap, HashSet};

use corewise_analyse::{Activity, TickActivity};
use corewise_model::{Gil, Recording, StackId, ThreadId};
use serde::Serialize;

/// Rows that the page carries; the rest is below what anybody reads.
const MOST_ROWS: usize = 1_000;

/// A thread is busy in a tick from here on, in cores.
const BUSY: f32 = 0.5;

/// All others together are idle up to here, in cores.
const IDLE: f64 = 0.25;

/// A Python function and its times, all in seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Function {
    pub(super) name: String,
    pub(super) file: String,
    /// On a core while innermost: native code that it called included.
    pub(super) own: f64,
    /// On a core while anywhere in the stack.
    pub(super) total: f64,
    /// Blocked in wait for the GIL while innermost.
    pub(super) gil: f64,
    /// Busy while innermost, and no other thread of the program was.
    pub(super) alone: f64,
}

/// The functions, the greatest user of cores first.
///
/// A look at a stack stands for the time since the look before; how much of that the thread was on
/// a core is taken from the tick in which the look fell.
pub(super) fn functions(recording: &Recording, activity: &Activity) -> Vec<Function> {
    let mut rows: HashMap<(&str, &str), Function> = HashMap::new();
    let mut level = Levels::default();
    let mut looks: Vec<_> = recording.stack_ticks.iter().collect();
    looks.sort_by_key(|look| look.at);
    let mut next = 0;
    for look in looks {
        while activity.ticks.get(next).is_some_and(|tick| tick.at < look.at) {
            next += 1;
        }
        if let Some(tick) = activity.ticks.get(next) {
            level.enter(next, tick);
        }
        let weight = look.weight.as_secs_f64();
        for sample in &look.samples {
            let running = level.of(sample.thread);
            let alone = running >= BUSY && level.total - f64::from(running) <= IDLE;
            let cpu = weight * f64::from(running.min(1.0));
            let mut seen = HashSet::new();
            for (depth, (name, file)) in frames(recording, sample.stack).enumerate() {
                let row = rows.entry((name, file)).or_insert_with(|| Function {
                    name: name.to_owned(),
                    file: file.to_owned(),
                    own: 0.0,
                    total: 0.0,
                    gil: 0.0,
                    alone: 0.0,
                });
                if depth == 0 {
                    row.own += cpu;
                    row.gil += if sample.gil == Gil::Waits { weight } else { 0.0 };
                    row.alone += if alone { weight } else { 0.0 };
                }
                if seen.insert((name, file)) {
                    row.total += cpu;
                }
            }
        }
    }
    let mut rows: Vec<_> = rows.into_values().collect();
    rows.retain(|row| row.total + row.gil + row.alone > 0.0);
    rows.sort_by(|a, b| {
        (b.own + b.gil)
            .total_cmp(&(a.own + a.gil))
            .then(b.total.total_cmp(&a.total))
            .then_with(|| (&a.name, &a.file).cmp(&(&b.name, &b.file)))
    });
    rows.truncate(MOST_ROWS);
    rows
}

/// How much each thread ran in one tick.
#[derive(Default)]
struct Levels {
    tick: Option<usize>,
    running: HashMap<ThreadId, f32>,
    total: f64,
}

impl Levels {
    fn enter(&mut self, index: usize, tick: &TickActivity) {
        if self.tick != Some(index) {
            self.tick = Some(index);
            self.running.clear();
            self.running.extend(tick.threads.iter().map(|t| (t.thread, t.running)));
            self.total = tick.running();
        }
    }

    fn of(&self, thread: ThreadId) -> f32 {
        self.running.get(&thread).copied().unwrap_or(0.0)
    }
}

fn frames(recording: &Recording, stack: StackId) -> impl Iterator<Item = (&str, &str)> {
    recording.stacks[stack.index()].frames.iter().map(|frame| {
        let frame = &recording.frames[frame.index()];
        (frame.function.as_str(), frame.file.as_str())
    })
}

#[cfg(test)]
mod tests {
    use corewise_model::Role;
    use corewise_model::scenario::Scenario;

    use super::*;

    #[test]
    fn a_function_is_charged_what_its_thread_ran() {
        let mut s = Scenario::new(2.0, 10.0);
        let main = s.main(s.root());
        s.busy(main, 0.0..4.0);
        s.stack(main, 0.0..4.0, &["fit a.py:1", "main a.py:9"], Gil::Holds);
        s.asleep(main, 4.0..10.0, &["sleep a.py:3", "main a.py:10"]);
        let recording = s.recording();
        let rows = functions(&recording, &corewise_analyse::activity(&recording));
        let named = |name: &str| rows.iter().find(|row| row.name == name);
        let fit = named("fit").unwrap();
        assert!((fit.own - 4.0).abs() < 0.1 && (fit.alone - 4.0).abs() < 0.1, "{fit:?}");
        assert!((named("main").unwrap().total - 4.0).abs() < 0.1);
        assert_eq!(named("sleep"), None);
    }

    #[test]
    fn nobody_is_alone_beside_a_busy_thread_and_waiting_for_the_gil_is_told() {
        let mut s = Scenario::new(2.0, 10.0);
        let root = s.root();
        let main = s.main(root);
        let other = s.thread(root, Role::Python, 0.0);
        s.busy(main, 0.0..10.0);
        s.busy(other, 0.0..5.0);
        s.stack(main, 0.0..10.0, &["fit a.py:1"], Gil::Holds);
        s.stack(other, 5.0..10.0, &["score a.py:2"], Gil::Waits);
        let recording = s.recording();
        let rows = functions(&recording, &corewise_analyse::activity(&recording));
        let fit = rows.iter().find(|row| row.name == "fit").unwrap();
        let score = rows.iter().find(|row| row.name == "score").unwrap();
        assert!((fit.alone - 5.0).abs() < 0.2, "{fit:?}");
        assert!((score.gil - 5.0).abs() < 0.2 && score.own == 0.0, "{score:?}");
    }
}
