//! The layers of the timeline: threads by what they belong to.

use std::collections::HashMap;

use corewise_model::{Nanos, Recording, Role};
use serde::Serialize;

use crate::names;

/// More pools than colours that can be told apart share one layer.
const MOST_POOLS: usize = 8;

/// A layer of the timeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Group {
    pub(super) kind: Kind,
    pub(super) label: String,
    /// What is in it, for its tooltip.
    pub(super) detail: String,
    /// Core-seconds run.
    pub(super) run: f64,
    /// Thread-seconds waited.
    pub(super) wait: f64,
    /// Threads in it.
    pub(super) threads: usize,
}

/// What a layer's threads are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Python,
    Pool,
    Native,
    Unknown,
    Unattributed,
}

/// The layers, and which of them each thread is in.
#[derive(Debug)]
pub(super) struct Groups {
    pub(super) all: Vec<Group>,
    pub(super) of_thread: Vec<usize>,
    /// Where CPU time goes that belongs to no thread that was seen.
    pub(super) unattributed: usize,
}

impl Groups {
    /// Python first, then the pools by what they used, then the rest.
    pub(super) fn of(recording: &Recording) -> Self {
        let keys: Vec<(Kind, String)> =
            (0..recording.threads.len()).map(|index| key(recording, index)).collect();
        let mut sums: HashMap<&(Kind, String), (f64, f64, usize)> = HashMap::new();
        for (key, thread) in keys.iter().zip(&recording.threads) {
            let sum = sums.entry(key).or_default();
            sum.0 += thread.run.as_secs_f64();
            sum.1 += thread.wait.as_secs_f64();
            sum.2 += 1;
        }
        let mut sorted: Vec<_> = sums.into_iter().collect();
        sorted.sort_by(|((a, name_a), sum_a), ((b, name_b), sum_b)| {
            let order = |kind: Kind| kind as u8;
            order(*a)
                .cmp(&order(*b))
                .then((sum_b.0 + sum_b.1).total_cmp(&(sum_a.0 + sum_a.1)))
                .then(name_a.cmp(name_b))
        });
        let mut all: Vec<Group> = Vec::new();
        let mut place: HashMap<&(Kind, String), usize> = HashMap::new();
        let mut rest: Option<usize> = None;
        for (key, (run, wait, threads)) in sorted {
            let pools = all.iter().filter(|group| group.kind == Kind::Pool).count();
            if key.0 == Kind::Pool && pools >= MOST_POOLS {
                let index = *rest.get_or_insert_with(|| all.len() - 1);
                let group = &mut all[index];
                if group.label != "Other pools" {
                    group.detail = group.label.clone();
                    "Other pools".clone_into(&mut group.label);
                }
                group.detail.push_str(", ");
                group.detail.push_str(&key.1);
                group.run += run;
                group.wait += wait;
                group.threads += threads;
                place.insert(key, index);
                continue;
            }
            place.insert(key, all.len());
            let (label, detail) = (key.1.clone(), detail(key.0).to_owned());
            all.push(Group { kind: key.0, label, detail, run, wait, threads });
        }
        shorten(recording, &mut all);
        let of_thread = keys.iter().map(|key| place[key]).collect();
        let lost: Nanos = recording.ticks.iter().flat_map(|t| &t.unattributed).map(|u| u.1).sum();
        let unattributed = all.len();
        all.push(Group {
            kind: Kind::Unattributed,
            label: "Too short to see".to_owned(),
            detail: detail(Kind::Unattributed).to_owned(),
            run: lost.as_secs_f64(),
            wait: 0.0,
            threads: 0,
        });
        Self { all, of_thread, unattributed }
    }
}

/// Leaves out the versions of pools where runtime and shipper tell them apart; the whole name goes
/// in front of the detail.
fn shorten(recording: &Recording, all: &mut [Group]) {
    let short: HashMap<String, String> = recording
        .pools
        .iter()
        .map(|(_, pool)| {
            let shipper = pool.distribution.get().map(|shipper| format!(" ({})", shipper.name));
            (names::pool(pool), format!("{}{}", pool.runtime, shipper.unwrap_or_default()))
        })
        .collect();
    let mut uses: HashMap<&str, usize> = HashMap::new();
    for group in all.iter().filter(|group| group.kind == Kind::Pool) {
        *uses.entry(short.get(&group.label).map_or("", String::as_str)).or_default() += 1;
    }
    for group in all.iter_mut().filter(|group| group.kind == Kind::Pool) {
        if let Some(short) = short.get(&group.label).filter(|short| uses[short.as_str()] == 1) {
            group.detail = format!("{}: {}", group.label, group.detail);
            group.label.clone_from(short);
        }
    }
}

fn key(recording: &Recording, index: usize) -> (Kind, String) {
    let thread = &recording.threads[index];
    match &thread.role {
        Role::Python => (Kind::Python, "Python threads".to_owned()),
        Role::Main if recording.processes[thread.process.index()].interpreter.is_some() => {
            (Kind::Python, "Python threads".to_owned())
        }
        Role::Main | Role::Native(_) => (Kind::Native, "Other native threads".to_owned()),
        Role::Pool(pool) => (Kind::Pool, names::pool(&recording.pools[pool.index()].1)),
        Role::Unknown(_) => (Kind::Unknown, "Not attributed".to_owned()),
    }
}

fn detail(kind: Kind) -> &'static str {
    match kind {
        Kind::Python => "threads that run Python code, and what they call on their own thread",
        Kind::Pool => "threads of this pool, in all processes",
        Kind::Native => {
            "threads started by a library that is no known runtime, or by a program \
                         that is not Python"
        }
        Kind::Unknown => "threads of which it is not known what started them",
        Kind::Unattributed => {
            "CPU time charged to a process by threads that lived between two \
                               looks, or ended since the last one"
        }
    }
}

#[cfg(test)]
mod tests {
    use corewise_model::scenario::Scenario;
    use corewise_model::{Runtime, StartMethod};

    use super::*;

    #[test]
    fn copies_of_one_pool_in_several_processes_are_one_layer() {
        let mut s = Scenario::new(2.0, 1.0);
        s.interpreter(s.root(), &[]);
        for _ in 0..2 {
            let worker = s.process(s.root(), StartMethod::Loky, 0.0);
            let pool = s.pool(worker, Runtime::Libgomp, 2);
            for thread in s.pool_threads(pool, 1) {
                s.busy(thread, 0.0..1.0).run(0.5);
            }
        }
        let groups = Groups::of(&s.recording());
        let pools: Vec<_> = groups.all.iter().filter(|g| g.kind == Kind::Pool).collect();
        assert_eq!(pools.len(), 1);
        assert!((pools[0].run - 1.0).abs() < 1e-6);
        assert_eq!(groups.all[0].kind, Kind::Python);
    }

    #[test]
    fn versions_stand_where_they_tell_pools_apart() {
        let mut s = Scenario::new(2.0, 1.0);
        for (runtime, version) in
            [(Runtime::OpenBlas, "1"), (Runtime::OpenBlas, "2"), (Runtime::Libgomp, "9")]
        {
            let mut pool = corewise_model::scenario::pool(runtime, 2, 0);
            pool.version = corewise_model::Known::Known(version.to_owned());
            let root = s.root();
            let pool = s.pool_of(root, pool, 0.0);
            s.pool_threads(pool, 1);
        }
        let groups = Groups::of(&s.recording());
        let labels: Vec<_> = groups.all.iter().map(|group| group.label.as_str()).collect();
        assert!(labels.contains(&"OpenBLAS 1") && labels.contains(&"libgomp"), "{labels:?}");
    }

    #[test]
    fn many_pools_share_the_last_layer() {
        let mut s = Scenario::new(2.0, 1.0);
        for version in 0..20_u64 {
            let root = s.root();
            let mut pool = corewise_model::scenario::pool(Runtime::OpenBlas, 2, version << 32);
            pool.version = corewise_model::Known::Known(version.to_string());
            let pool = s.pool_of(root, pool, 0.0);
            let threads = s.pool_threads(pool, 1);
            s.busy(threads[0], 0.0..1.0).run(0.1);
        }
        let recording = s.recording();
        let groups = Groups::of(&recording);
        let pools: Vec<_> = groups.all.iter().filter(|g| g.kind == Kind::Pool).collect();
        assert_eq!(pools.len(), MOST_POOLS);
        assert_eq!(pools.iter().map(|g| g.threads).sum::<usize>(), 20);
        assert_eq!(groups.of_thread.len(), recording.threads.len());
    }
}
