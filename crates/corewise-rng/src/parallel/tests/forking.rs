//! A child has the caller's thread only.

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use super::made::*;
use crate::Distribution;
use crate::parallel::{Cut, fill_cut};

/// Ends the child with whether `check` came through; waits for it, and gives its exit status.
fn in_child(check: impl FnOnce()) -> i32 {
    // SAFETY: the child runs code that allocates, which the C library keeps usable after a fork, and
    // takes no lock that another thread of the parent could have held but what is tested here.
    match unsafe { libc::fork() } {
        -1 => panic!("no fork"),
        0 => {
            let passed = catch_unwind(AssertUnwindSafe(check)).is_ok();
            // SAFETY: ends the child without running what the test harness left to be run.
            unsafe { libc::_exit(i32::from(!passed)) }
        }
        child => wait_for(child),
    }
}

/// The exit status; of a child that hangs, as well.
fn wait_for(child: i32) -> i32 {
    let mut status = 0;
    for _ in 0..6000 {
        // SAFETY: `status` is there to be written.
        if unsafe { libc::waitpid(child, &raw mut status, libc::WNOHANG) } == child {
            return status;
        }
        thread::sleep(Duration::from_millis(10));
    }
    // SAFETY: signals a child that was not waited for: the number is still its own.
    unsafe { libc::kill(child, libc::SIGKILL) };
    panic!("the child hangs");
}

#[test]
fn a_forked_child_fills_with_threads_of_its_own() {
    compare(&pcg64(1), &Phases, 100_000, (3, 256));
    assert_eq!(in_child(|| compare(&pcg64(1), &Phases, 100_000, (3, 256))), 0);
}

#[test]
fn a_fork_while_other_threads_fill_does_no_harm() {
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        for seed in 0..2 {
            let ended = &ended;
            scope.spawn(move || {
                while !ended.load(Ordering::Relaxed) {
                    compare(&pcg64(seed), &Phases, 30_000, (3, 64));
                }
            });
        }
        let children: Vec<i32> = (0..20)
            .map(|seed| in_child(|| compare(&pcg64(seed), &Phases, 30_000, (3, 64))))
            .collect();
        ended.store(true, Ordering::Relaxed);
        assert_eq!(children, [0; 20]);
    });
}

#[test]
fn a_hook_that_forks_leaves_a_call_that_ends_in_both() {
    for threads in [1, 2, 5] {
        let mut generator = pcg64(9);
        let mut plain = generator.clone();
        let forked = AtomicBool::new(false);
        let child = std::cell::Cell::new(0);
        let hook = |_| {
            if !forked.swap(true, Ordering::Relaxed) {
                // SAFETY: as in `in_child`.
                child.set(unsafe { libc::fork() });
            }
            ControlFlow::Continue(())
        };
        let parent = process::id();
        let mut values = vec![0.0; 40_000_000];
        let cut = Cut { threads, chunk: 256, block: 256, few: 0 };
        let call = || {
            fill_cut(
                &mut generator,
                &Ziggurat { bulk: false },
                &mut values,
                Some(&hook),
                cut,
                &POOL,
            )
            .unwrap();
            let same = values
                .iter()
                .all(|value| value.bits() == Ziggurat { bulk: false }.sample(&mut plain).bits());
            assert!(same);
            assert_eq!(generator, plain);
        };
        let outcome = catch_unwind(AssertUnwindSafe(call));
        if process::id() != parent {
            // SAFETY: as in `in_child`.
            unsafe { libc::_exit(i32::from(outcome.is_err())) };
        }
        assert!(outcome.is_ok());
        assert!(child.get() > 0, "the call was too short for the hook");
        assert_eq!(wait_for(child.get()), 0);
    }
}
