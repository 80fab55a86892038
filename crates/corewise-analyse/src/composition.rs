//! What multiplied: the workers and pools behind the runnable threads, in a user's words.

use std::collections::{BTreeMap, BTreeSet};

use corewise_model::{PoolId, ProcessId, Role, Runtime, StartMethod, ThreadId};

use crate::facts::{Facts, caller_computes, is_openmp};
use crate::stretches::Stretches;
use crate::words;

/// A thread that is runnable for less of a tick than this has no part in it.
const ACTIVE_THREAD: f64 = 0.1;
/// A process whose threads together are runnable for less than this has no part in a tick.
const ACTIVE_PROCESS: f64 = 0.5;
/// A class of threads with less than this part of the runnable time goes unnamed.
const NAMED: f64 = 0.15;
/// Counts are taken where nine of ten ticks have no more.
const TYPICAL: f64 = 0.9;

/// A kind of threads.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    Python,
    Pool(Runtime),
    Native(String),
    Unknown,
}

/// The processes and threads that were runnable together, as factors.
#[derive(Debug, Clone)]
pub(crate) struct Composition {
    /// How many processes, from the outermost level in; empty for a program of one process.
    pub(crate) workers: Vec<(StartMethod, u64)>,
    /// The threads of each process.
    pub(crate) terms: Vec<Term>,
    /// The processes.
    pub(crate) processes: Vec<ProcessId>,
    /// The threads that had a part, the greatest part first.
    pub(crate) threads: Vec<ThreadId>,
    /// The pools among them.
    pub(crate) pools: Vec<PoolId>,
    /// The runtimes of those pools, the greatest part first.
    pub(crate) runtimes: Vec<Runtime>,
}

/// A product: `4 Python threads × 16 OpenMP threads`; and whether a pool's caller is one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Term(Vec<(u64, String)>, bool);

impl Composition {
    /// The product of all factors.
    pub(crate) fn product(&self) -> u64 {
        let workers: u64 = self.workers.iter().map(|(_, count)| count).product();
        let of = |term: &Term| term.0.iter().map(|(count, _)| count).product::<u64>();
        // Workers of one thread each have no term of their own.
        let threads = if self.terms.is_empty() { 1 } else { self.terms.iter().map(of).sum() };
        workers * threads
    }

    /// Whether anything is multiplied or added.
    pub(crate) fn is_sum_or_product(&self) -> bool {
        self.workers.len() + self.terms.iter().map(|term| term.0.len()).sum::<usize>() > 1
    }

    /// In words: `4 loky workers × 16 OpenMP threads`.
    pub(crate) fn text(&self) -> String {
        let mut factors: Vec<String> = Vec::new();
        for (method, count) in &self.workers {
            factors.push(words::workers_counted(*count, *method));
        }
        let terms: Vec<String> = self.terms.iter().map(Term::text).collect();
        match terms.as_slice() {
            [] => {}
            [one] => factors.push(one.clone()),
            several if factors.is_empty() => factors.push(several.join(" + ")),
            several => factors.push(format!("({})", several.join(" + "))),
        }
        factors.join(" × ")
    }
}

impl Term {
    fn text(&self) -> String {
        let factors: Vec<String> =
            self.0.iter().map(|(number, noun)| words::count(*number, noun)).collect();
        factors.join(" × ")
    }
}

/// What was counted over the chosen ticks, for the processes of one kind.
#[derive(Default)]
struct Counts {
    /// Processes, in each tick.
    processes: Vec<u64>,
    /// Threads per process of each class, in each tick.
    threads: BTreeMap<Class, Vec<u64>>,
}

/// The composition of the runnable threads in the chosen ticks.
pub(crate) fn composition(facts: &Facts<'_>, chosen: &Stretches) -> Option<Composition> {
    let time = runnable_time(facts, chosen);
    let path = dominant_path(facts, &time)?;
    let inside = |thread: ThreadId| {
        facts.process_of(thread).is_some_and(|process| path_of(facts, process) == path)
    };
    let total: f64 = time.iter().filter(|(id, _)| inside(**id)).map(|(_, time)| time).sum();
    let mut of_class: BTreeMap<Class, f64> = BTreeMap::new();
    for (thread, time) in time.iter().filter(|(id, _)| inside(**id)) {
        *of_class.entry(class(facts, *thread)).or_default() += time;
    }
    let counts = count(facts, chosen, &inside);
    let typical = |class: &Class| counts.threads.get(class).map_or(0, |all| quantile(all));
    let python = typical(&Class::Python);
    let named = |class: &Class| of_class.get(class).is_some_and(|time| *time >= NAMED * total);

    let openmp = of_class
        .keys()
        .filter(|class| named(class))
        .filter(|class| matches!(class, Class::Pool(runtime) if is_openmp(*runtime)))
        .count();
    let mut terms = Vec::new();
    let mut python_named = false;
    for class in by_time(&of_class) {
        if !named(&class) {
            continue;
        }
        match &class {
            Class::Python => {}
            Class::Pool(runtime) => {
                let noun = if openmp > 1 && is_openmp(*runtime) {
                    // Two OpenMP runtimes: by their own names.
                    runtime.to_string()
                } else {
                    words::kind(*runtime)
                };
                let noun = format!("{noun} thread");
                let active = typical(&class);
                let (mut term, callers) = pool_term(facts, *runtime, noun, &inside, python, active);
                // A single caller is a member of one team at a time.
                if term.1 && python <= 1 && terms.iter().any(|term: &Term| term.1) {
                    term.0[0].0 -= 1;
                    term.1 = false;
                }
                python_named |= callers;
                terms.push(term);
            }
            Class::Native(path) => {
                let file = path.rsplit('/').next().unwrap_or(path);
                terms.push(Term(vec![(typical(&class), format!("{file} thread"))], false));
            }
            Class::Unknown => {
                terms.push(Term(vec![(typical(&class), "other thread".to_owned())], false));
            }
        }
    }
    if !python_named && named(&Class::Python) {
        // A single caller is a member of the pool's team already; of several, each is counted.
        let in_pools = terms.iter().any(|term: &Term| term.1);
        if !in_pools || python > 1 {
            for term in terms.iter_mut().filter(|term| term.1) {
                term.0[0].0 -= 1;
            }
            terms.insert(0, Term(vec![(python, "Python thread".to_owned())], false));
        }
    }
    let (threads, pools, runtimes) = parts(facts, &time, &inside);
    let processes: BTreeSet<ProcessId> =
        threads.iter().filter_map(|id| facts.process_of(*id)).collect();
    let mut workers = levels(facts, &processes, quantile(&counts.processes));
    // A worker with one thread is that thread.
    if !workers.is_empty() && terms.len() == 1 && terms[0].0 == [(1, "Python thread".to_owned())] {
        terms.clear();
    }
    if workers.iter().all(|(_, count)| *count <= 1) && !terms.is_empty() {
        workers.clear();
    }
    let processes = processes.into_iter().collect();
    Some(Composition { workers, terms, processes, threads, pools, runtimes })
}

/// How many threads of a pool one process has, and whether its Python threads are a factor of it.
fn pool_term(
    facts: &Facts<'_>,
    runtime: Runtime,
    noun: String,
    inside: &impl Fn(ThreadId) -> bool,
    python: u64,
    active: u64,
) -> (Term, bool) {
    let mut existing: BTreeMap<PoolId, u64> = BTreeMap::new();
    let mut copies: BTreeMap<ProcessId, BTreeSet<PoolId>> = BTreeMap::new();
    let mut size = None;
    for (id, thread) in (0..).map(ThreadId).zip(&facts.recording.threads) {
        if let Role::Pool(pool) = thread.role
            && inside(id)
            && let Some((_, known)) = facts.recording.pools.get(pool.index())
            && known.runtime == runtime
        {
            *existing.entry(pool).or_default() += 1;
            copies.entry(thread.process).or_default().insert(pool);
            size = size.max(known.size.get().copied().map(u64::from));
        }
    }
    let existing = existing.into_values().max().unwrap_or(0);
    let caller = u64::from(caller_computes(runtime));
    let single = copies.values().all(|pools| pools.len() == 1);
    let team = match size {
        Some(size) if single && existing + caller >= size && active + caller < 2 * size => size,
        // Several teams or copies, or a limit that counts for another thread: what was seen.
        _ => active + caller,
    };
    if is_openmp(runtime) && python > 1 {
        // Every calling thread has its own team, unless the counts say otherwise.
        let size = size.unwrap_or_else(|| active / python + 1);
        if size > 1 && active * 10 >= python * (size - 1) * 8 {
            return (Term(vec![(python, "Python thread".to_owned()), (size, noun)], false), true);
        }
    }
    (Term(vec![(team, noun)], caller == 1), false)
}

fn runnable_time(facts: &Facts<'_>, chosen: &Stretches) -> BTreeMap<ThreadId, f64> {
    let mut time = BTreeMap::new();
    for k in chosen.ticks() {
        let tick = &facts.activity.ticks[k];
        for t in &tick.threads {
            *time.entry(t.thread).or_default() += t.runnable() * tick.interval.as_secs_f64();
        }
    }
    time
}

/// How a process came to be: the start methods from the first process to it.
fn path_of(facts: &Facts<'_>, process: ProcessId) -> Vec<StartMethod> {
    let mut path = Vec::new();
    let mut next = Some(process);
    // A damaged recording may have a circle; no program has a thousand generations.
    while let Some(process) = next.and_then(|id| facts.recording.processes.get(id.index()))
        && path.len() < 1000
    {
        path.push(process.method);
        next = process.parent;
    }
    path.reverse();
    path
}

fn dominant_path(facts: &Facts<'_>, time: &BTreeMap<ThreadId, f64>) -> Option<Vec<StartMethod>> {
    let mut of_process: BTreeMap<ProcessId, f64> = BTreeMap::new();
    for (thread, time) in time {
        *of_process.entry(facts.process_of(*thread)?).or_default() += time;
    }
    let mut of_path: Vec<(Vec<StartMethod>, f64)> = Vec::new();
    for (process, time) in of_process {
        let path = path_of(facts, process);
        match of_path.iter_mut().find(|(known, _)| *known == path) {
            Some((_, sum)) => *sum += time,
            None => of_path.push((path, time)),
        }
    }
    of_path.into_iter().max_by(|a, b| a.1.total_cmp(&b.1)).map(|(path, _)| path)
}

fn class(facts: &Facts<'_>, thread: ThreadId) -> Class {
    match facts.thread(thread).map(|thread| &thread.role) {
        Some(Role::Main | Role::Python) => Class::Python,
        Some(Role::Pool(_)) => {
            facts.pool_of(thread).map_or(Class::Unknown, |(_, pool)| Class::Pool(pool.runtime))
        }
        Some(Role::Native(path)) => Class::Native(path.clone()),
        Some(Role::Unknown(_)) | None => Class::Unknown,
    }
}

fn count(facts: &Facts<'_>, chosen: &Stretches, inside: &impl Fn(ThreadId) -> bool) -> Counts {
    let mut counts = Counts::default();
    for k in chosen.ticks() {
        let mut processes: BTreeMap<ProcessId, (f64, BTreeMap<Class, u64>)> = BTreeMap::new();
        for t in &facts.activity.ticks[k].threads {
            if let Some(process) = facts.process_of(t.thread)
                && inside(t.thread)
            {
                let (sum, classes) = processes.entry(process).or_default();
                *sum += t.runnable();
                if t.runnable() >= ACTIVE_THREAD {
                    *classes.entry(class(facts, t.thread)).or_default() += 1;
                }
            }
        }
        processes.retain(|_, (sum, _)| *sum >= ACTIVE_PROCESS);
        counts.processes.push(processes.len() as u64);
        for (_, classes) in processes.into_values() {
            for (class, number) in classes {
                counts.threads.entry(class).or_default().push(number);
            }
        }
    }
    counts
}

/// The workers of each level: nested workers are a factor of their own.
fn levels(
    facts: &Facts<'_>,
    processes: &BTreeSet<ProcessId>,
    at_once: u64,
) -> Vec<(StartMethod, u64)> {
    let process = |id: &ProcessId| facts.recording.processes.get(id.index());
    let Some(method) = processes.iter().find_map(|id| process(id).map(|p| p.method)) else {
        return Vec::new();
    };
    if method == StartMethod::Root {
        return Vec::new();
    }
    let parents: BTreeSet<ProcessId> =
        processes.iter().filter_map(|id| process(id)?.parent).collect();
    let outer = parents.iter().find_map(|id| process(id).map(|p| p.method));
    match outer {
        Some(outer)
            if parents.len() > 1 && !matches!(outer, StartMethod::Root | StartMethod::Tracker) =>
        {
            let count = parents.len() as u64;
            vec![(outer, count), (method, at_once.div_ceil(count).max(1))]
        }
        _ => vec![(method, at_once)],
    }
}

fn parts(
    facts: &Facts<'_>,
    time: &BTreeMap<ThreadId, f64>,
    inside: &impl Fn(ThreadId) -> bool,
) -> (Vec<ThreadId>, Vec<PoolId>, Vec<Runtime>) {
    let mut threads: Vec<(ThreadId, f64)> =
        time.iter().filter(|(id, _)| inside(**id)).map(|(id, time)| (*id, *time)).collect();
    let most = threads.iter().map(|(_, time)| *time).fold(0.0, f64::max);
    threads.retain(|(_, time)| *time >= most * 0.05);
    threads.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let threads: Vec<ThreadId> = threads.into_iter().map(|(id, _)| id).collect();
    let mut pools: Vec<PoolId> = Vec::new();
    let mut runtimes: Vec<Runtime> = Vec::new();
    for (id, pool) in threads.iter().filter_map(|id| facts.pool_of(*id)) {
        if !pools.contains(&id) {
            pools.push(id);
        }
        if !runtimes.contains(&pool.runtime) {
            runtimes.push(pool.runtime);
        }
    }
    (threads, pools, runtimes)
}

fn by_time(of_class: &BTreeMap<Class, f64>) -> Vec<Class> {
    let mut classes: Vec<(&Class, &f64)> = of_class.iter().collect();
    classes.sort_by(|a, b| b.1.total_cmp(a.1).then(a.0.cmp(b.0)));
    classes.into_iter().map(|(class, _)| class.clone()).collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a length")]
fn quantile(values: &[u64]) -> u64 {
    let mut sorted = values.to_vec();
    sorted.sort_unstable();
    let at = (sorted.len() as f64 * TYPICAL) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or(0)
}
