//! The pool by itself.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;

use super::made::{Phases, compare, pcg64};
use crate::parallel::pool::Pool;

#[test]
fn threads_come_when_they_are_asked_for_and_are_named() {
    let pool = Pool::new();
    assert_eq!(pool.threads(), 0);
    let together = Barrier::new(4);
    let names = Mutex::new(Vec::new());
    let task = |_: usize| {
        names.lock().unwrap().push(thread::current().name().unwrap().to_owned());
        together.wait();
    };
    let own = || {
        together.wait();
        7
    };
    assert_eq!(pool.broadcast(4, own, &task), 7);
    let mut names = names.into_inner().unwrap();
    names.sort();
    assert_eq!(names, ["corewise-rng-1", "corewise-rng-2", "corewise-rng-3"]);
    assert_eq!(pool.threads(), 3);
}

#[test]
fn one_thread_needs_no_pool() {
    let pool = Pool::new();
    assert_eq!(pool.broadcast(1, || 3, &|_| panic!("nobody else was asked")), 3);
    assert_eq!(pool.threads(), 0);
}

#[test]
fn a_panic_in_a_thread_reaches_the_caller() {
    let pool = Pool::new();
    for _ in 0..3 {
        let begun = Barrier::new(2);
        let task = |_: usize| {
            begun.wait();
            panic!("as asked");
        };
        let call = || pool.broadcast(2, || _ = begun.wait(), &task);
        let panic = catch_unwind(AssertUnwindSafe(call)).unwrap_err();
        assert_eq!(panic.downcast_ref(), Some(&"as asked"));
    }
    assert_eq!(pool.threads(), 1);
}

#[test]
fn callers_in_several_threads_share_it() {
    let pool = Pool::new();
    let sum = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                for _ in 0..200 {
                    let left = AtomicUsize::new(100);
                    let take = || {
                        left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                            left.checked_sub(1)
                        })
                    };
                    let work = || {
                        while take().is_ok() {
                            sum.fetch_add(1, Ordering::Relaxed);
                        }
                    };
                    pool.broadcast(3, work, &|_| work());
                }
            });
        }
    });
    assert_eq!(sum.into_inner(), 6 * 200 * 100);
}

#[test]
fn fills_in_several_threads_do_not_disturb_each_other() {
    thread::scope(|scope| {
        for seed in 0..6 {
            scope.spawn(move || compare(&pcg64(seed), &Phases, 200_000, (3, 512)));
        }
    });
}
