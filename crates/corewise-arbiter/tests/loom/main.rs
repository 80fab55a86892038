//! The protocol under every interleaving and every reordering that the memory model allows, within
//! small bounds: `RUSTFLAGS='--cfg loom' cargo test -p corewise-arbiter --test loom --release`.
//!
//! Each thread stands for a process. What it holds is noted outside of the model (`Holding`),
//! between two steps of the protocol.
#![cfg(loom)]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod budget;
mod membership;

use std::sync::{Mutex, PoisonError};

use corewise_arbiter::{Counters, Owner, Request, Slot, SlotSet, Slots};
use loom::model::Builder;
use loom::sync::Arc;
use loom::thread;

const BUDGET: u32 = 4;

fn check(preemptions: impl Into<Option<usize>>, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = Builder::new();
    builder.preemption_bound = preemptions.into();
    builder.check(model);
}

/// `release` lets only this process's slots go: all have its PID.
fn process(number: u64) -> Owner {
    Owner::new(std::process::id(), number).unwrap()
}

/// Cores of leases that have returned more than one and were not given back.
struct Holding(Mutex<u32>);

impl Holding {
    fn change(&self, change: impl Fn(u32) -> u32) {
        let mut holding = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *holding = change(*holding);
        assert!(*holding <= BUDGET, "{} of {BUDGET} cores are held", *holding);
    }
}

struct Table {
    counters: Counters,
    slots: Vec<Slot>,
    holding: Holding,
}

impl Table {
    fn new(slots: usize) -> Arc<Self> {
        Self::with((0..slots).map(|_| Slot::default()).collect())
    }

    fn with(slots: Vec<Slot>) -> Arc<Self> {
        let counters = Counters::default();
        Arc::new(Self { counters, slots, holding: Holding(Mutex::new(0)) })
    }

    fn slots(&self) -> Slots<'_> {
        Slots { counters: &self.counters, slots: &self.slots }
    }

    fn claim(&self, number: u64) -> usize {
        self.slots().claim(process(number), number, 0).unwrap()
    }

    fn lease(&self, mine: usize, asked: u32) -> u32 {
        let stalled = SlotSet::default();
        let request = Request { asked, budget: BUDGET, own_callers: 1, stalled, now: 0 };
        let cores = self.slots().lease(mine, request);
        assert!((1..=asked).contains(&cores));
        if cores > 1 {
            self.holding.change(|holding| holding + cores);
        }
        cores
    }

    fn give_back(&self, mine: usize, cores: u32) {
        if cores > 1 {
            self.holding.change(|holding| holding - cores);
        }
        self.slots().give_back(mine, cores);
    }

    fn assert_nothing_is_held(&self) {
        for index in 0..self.slots.len() {
            assert_eq!(self.slots().own(index), (0, 0), "slot {index}");
        }
    }
}

/// Runs `parts` at once, each in a thread of its own, the last in this one.
fn at_once(table: &Arc<Table>, mut parts: Vec<fn(&Table)>) {
    let last = parts.pop().unwrap();
    let threads: Vec<_> = parts
        .into_iter()
        .map(|part| {
            let table = Arc::clone(table);
            thread::spawn(move || part(&table))
        })
        .collect();
    last(table);
    for thread in threads {
        thread.join().unwrap();
    }
}
