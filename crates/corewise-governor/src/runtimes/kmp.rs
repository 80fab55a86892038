//! LLVM's and Intel's OpenMP: `__kmpc_fork_call` starts a region with the count that
//! `__kmpc_push_num_threads` asked for, else with the thread's own setting.

use std::os::raw::c_int;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::openmp::{self, COPIES};
use super::whole;
use crate::arch::Call;
use crate::durations::Place;
use crate::process::{self, Lease};
use crate::threads::Thread;

/// Words of arguments that the stub passes on: six registers and its copy of the stack.
const WORDS: usize = 6 + 40;

/// `__kmpc_global_thread_num` and `__kmpc_push_num_threads` of each copy.
struct Copy {
    thread_number: AtomicUsize,
    push: AtomicUsize,
}

static KNOWN: [Copy; COPIES] =
    [const { Copy { thread_number: AtomicUsize::new(0), push: AtomicUsize::new(0) } }; COPIES];

/// Registers the functions of the copy with this number.
pub(crate) fn register(copy: u8, thread_number: usize, push: usize) {
    if let Some(known) = KNOWN.get(usize::from(copy)) {
        known.push.store(push, Ordering::Relaxed);
        known.thread_number.store(thread_number, Ordering::Release);
    }
}

/// `__kmpc_fork_call(location, arguments, microtask, …)`.
pub(crate) fn enter(thread: &Thread, copy: u8, call: &mut Call, place: Place) -> Option<Lease> {
    let [location, arguments, microtask, ..] = call.arguments;
    if (arguments & 0xffff_ffff) + 3 > WORDS || thread.depth.load(Ordering::Relaxed) > 0 {
        return None;
    }
    let known = KNOWN.get(usize::from(copy))?;
    let (number, push) =
        (known.thread_number.load(Ordering::Acquire), known.push.load(Ordering::Relaxed));
    if number == 0 || push == 0 {
        return None;
    }
    // SAFETY: the runtime's `kmp_int32 __kmpc_global_thread_num(ident_t *)`, and it is loaded: a
    // function of it is being called.
    let number = unsafe { std::mem::transmute::<usize, extern "C" fn(usize) -> c_int>(number) };
    // SAFETY: its `void __kmpc_push_num_threads(ident_t *, kmp_int32, kmp_int32)`, likewise.
    let push = unsafe { std::mem::transmute::<usize, extern "C" fn(usize, c_int, c_int)>(push) };
    let asked = match thread.pushed.swap(0, Ordering::Relaxed) {
        0 => openmp::max_threads(copy),
        count => count,
    };
    let (lease, count) = if whole::has(microtask) {
        (process::lease_team(thread, asked, place), asked)
    } else {
        let lease = process::lease(thread, asked, place);
        let count = crate::policy::team(lease.threads(), asked);
        (process::shrink(lease, count), count)
    };
    push(location, number(location), c_int::try_from(count).unwrap_or(1));
    Some(lease)
}

/// `__kmpc_push_num_threads(location, thread, count)`: remembered, for it holds for the thread's
/// next region.
pub(crate) fn push(thread: &Thread, call: &mut Call) {
    let [_, _, count, ..] = call.arguments;
    let count = u32::try_from(count & 0xffff_ffff).unwrap_or(0);
    thread.pushed.store(count, Ordering::Relaxed);
}
