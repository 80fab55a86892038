//! The hook.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::made::*;
use crate::parallel::{Cancelled, Cut, Plan, fill, fill_cut};
use crate::{Distribution, Layout, Pcg64, Source};

/// So slow that the hook is called often.
struct Slow;

impl Distribution for Slow {
    type Value = u64;
    fn layout(&self) -> Layout {
        Layout::Tokens
    }
    fn sample<S: Source>(&self, source: &mut S) -> u64 {
        thread::sleep(Duration::from_micros(200));
        source.next_u64()
    }
}

fn broken_off(threads: usize) {
    let mut generator = pcg64(1);
    let before = generator.clone();
    let mut values = vec![0; 1_000_000];
    let cut = Cut { threads, chunk: 64, block: 64, few: 0 };
    let seen = RefCell::new(Vec::new());
    let here = thread::current().id();
    let hook = |done: usize| {
        assert_eq!(thread::current().id(), here);
        seen.borrow_mut().push(done);
        if seen.borrow().len() < 4 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    };
    // Drawing all of it would take minutes.
    let result = fill_cut(&mut generator, &Slow, &mut values, Some(&hook), cut, &POOL);
    assert_eq!(result, Err(Cancelled));
    assert_eq!(generator, before);
    let seen = seen.into_inner();
    assert_eq!(seen.len(), 4);
    assert!(seen.is_sorted() && seen[3] < values.len(), "{seen:?}");
}

#[test]
fn a_call_that_is_broken_off_leaves_the_generator_as_it_was() {
    for threads in [2, 3, 5] {
        broken_off(threads);
    }
}

#[test]
fn a_hook_changes_nothing() {
    let calls = Cell::new(0);
    let hook = |_| {
        calls.set(calls.get() + 1);
        ControlFlow::Continue(())
    };
    for threads in [1, 2] {
        let mut generator = pcg64(3);
        let mut plain = generator.clone();
        let mut values = vec![0.0; 300_000];
        let hook = Some(&hook as _);
        fill(&mut generator, &Random, &mut values, &Plan { pool: &POOL, threads, hook }).unwrap();
        assert!(values.iter().all(|value| value.bits() == plain.next_f64().bits()));
        assert_eq!(generator, plain);
    }
}

/// Panics once, on whatever thread comes to that raw value.
struct Panics {
    at: u64,
    done: AtomicBool,
}

impl Distribution for Panics {
    type Value = u64;
    fn layout(&self) -> Layout {
        Layout::Tokens
    }
    fn sample<S: Source>(&self, source: &mut S) -> u64 {
        let value = source.next_u64();
        assert!(value != self.at || self.done.swap(true, Ordering::Relaxed), "found it");
        value
    }
}

#[test]
fn a_panic_in_any_chunk_reaches_the_caller_and_the_pool_goes_on() {
    for at in [0, 5, 1000, 4097, 20_000, 49_999] {
        let mut generator = pcg64(8);
        let before = generator.clone();
        let mut there: Pcg64 = generator.clone();
        let at = (0..=at).map(|_| there.next_u64()).last().unwrap();
        let panics = Panics { at, done: AtomicBool::new(false) };
        let mut values = vec![0; 50_000];
        let cut = Cut { threads: 4, chunk: 128, block: 128, few: 0 };
        let call = || fill_cut(&mut generator, &panics, &mut values, None, cut, &POOL);
        let panic = catch_unwind(AssertUnwindSafe(call)).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"found it"));
        assert_eq!(generator, before);
    }
    compare(&pcg64(8), &Phases, 50_000, (4, 128));
}
