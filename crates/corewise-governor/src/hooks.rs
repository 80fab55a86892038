//! The table of hooked functions, and what happens on entering and leaving one.
//!
//! # Design constraints
//!
//! Everything here runs in threads of other people's programs, at any moment, in signal handlers
//! too: no allocation, no lock, no panic, and no system call but in looks at the other processes and
//! threads, once a tick of the kernel's clock ([`crate::process`]).

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};

use crate::arch::{self, Call, STUBS};
use crate::durations::{self, Place};
use crate::fork;
use crate::process::{self, Lease};
use crate::runtimes::{kmp, mkl, numba, openblas, openblas_openmp, openmp};
use crate::sizes::Size;
use crate::threads::{self, Thread, bump, drop_one};

/// What a hooked function is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Kind {
    /// A routine of an OpenBLAS with threads of its own. The number is the library's.
    Blas = 1,
    /// `GOMP_parallel` and its siblings: the thread count is the third argument.
    Gomp = 2,
    /// `GOMP_parallel_start`: as `Gomp`, but it returns before the region ends.
    GompStart = 3,
    /// `__kmpc_fork_call`.
    KmpFork = 4,
    /// `__kmpc_push_num_threads`: the thread count is the third argument.
    KmpPush = 5,
    /// A routine of MKL.
    Mkl = 6,
    /// `parallel_for` of a threading layer of Numba's: the thread count is the eighth argument.
    NumbaFor = 7,
    /// `PyObject_SetAttrString`, by which such a layer tells of its functions.
    NumbaName = 8,
    /// A routine of an OpenBLAS that is built on OpenMP. The number is the library's.
    OpenmpBlas = 9,
}

impl Kind {
    fn from_number(number: u32) -> Option<Self> {
        [
            Self::Blas,
            Self::Gomp,
            Self::GompStart,
            Self::KmpFork,
            Self::KmpPush,
            Self::Mkl,
            Self::NumbaFor,
            Self::NumbaName,
            Self::OpenmpBlas,
        ]
        .into_iter()
        .find(|kind| *kind as u32 == number)
    }
}

/// One hooked function: its stub has the same number.
struct Hook {
    /// The real function; 0 while the place is free.
    target: AtomicUsize,
    /// [`Size`], [`Kind`] and the number of its runtime, 8 bits each.
    what: AtomicU32,
    /// The turn in which it was last made.
    turn: AtomicU32,
}

static HOOKS: [Hook; STUBS] = [const {
    Hook { target: AtomicUsize::new(0), what: AtomicU32::new(0), turn: AtomicU32::new(0) }
}; STUBS];
/// Changes when libraries may have been unloaded: then an address may be another function's.
static TURN: AtomicU32 = AtomicU32::new(1);
/// Hooks that are in use.
static USED: AtomicU32 = AtomicU32::new(0);
/// Whether the hooks govern. Stubs stay callable when it is over: someone may have kept a pointer.
static ACTIVE: AtomicBool = AtomicBool::new(false);

/// Hooks begin or cease to govern.
pub(crate) fn set_active(active: bool) {
    ACTIVE.store(active, Ordering::SeqCst);
}

pub(crate) fn is_active() -> bool {
    ACTIVE.load(Ordering::Relaxed)
}

/// How many functions are hooked.
pub(crate) fn used() -> u32 {
    USED.load(Ordering::Relaxed)
}

/// Stubs that were made so far count for other functions perhaps: libraries were unloaded.
pub(crate) fn doubt() {
    TURN.fetch_add(1, Ordering::Relaxed);
}

/// The places at which the hook for a function may be, in the order of the search.
fn places(target: usize) -> impl Iterator<Item = usize> {
    // Fibonacci hashing; functions are aligned to 16.
    let start = (target >> 4).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 52;
    (0..STUBS).map(move |offset| (start + offset) % STUBS)
}

/// The stub for the function at `target`, if it was made since libraries were last unloaded.
pub(crate) fn known(target: usize) -> Option<usize> {
    for index in places(target) {
        let hook = HOOKS.get(index)?;
        match hook.target.load(Ordering::Relaxed) {
            0 => return None,
            known if known == target => {
                let made = hook.turn.load(Ordering::Relaxed) == TURN.load(Ordering::Relaxed);
                // A function of Python's is hooked for one module alone.
                let kind = hook.what.load(Ordering::Relaxed) >> 8 & 0xff;
                let shared = kind != Kind::NumbaName as u32;
                return if made && shared { arch::stub(index) } else { None };
            }
            _ => {}
        }
    }
    None
}

/// The stub for the function at `target`. Called by one thread at a time.
pub(crate) fn stub_for(target: usize, kind: Kind, runtime: u8, size: Size) -> Option<usize> {
    let what = (size as u32) << 16 | (kind as u32) << 8 | u32::from(runtime);
    for index in places(target) {
        let hook = HOOKS.get(index)?;
        // Before the target's address, by which others find it.
        let made = || hook.turn.store(TURN.load(Ordering::Relaxed), Ordering::Relaxed);
        match hook.target.load(Ordering::Relaxed) {
            0 => {
                hook.what.store(what, Ordering::Relaxed);
                made();
                hook.target.store(target, Ordering::Release);
                USED.fetch_add(1, Ordering::Relaxed);
                return arch::stub(index);
            }
            known if known == target => {
                // An address may have been another library's before.
                hook.what.store(what, Ordering::Relaxed);
                made();
                return arch::stub(index);
            }
            _ => {}
        }
    }
    None
}

/// What a stub does next.
#[repr(C)]
pub(crate) struct Next {
    target: usize,
    /// 0: jump to the target. Else: call it, then `leave` with this.
    token: u64,
}

/// What `leave` has to undo.
struct Token {
    kind: Kind,
    runtime: u8,
    /// The thread's count of abandoned calls, its last 8 bits.
    abandoned: u8,
    lease: Lease,
}

/// Bits of a token's parts, from the lowest: where each begins and how many it has.
const GENERATION: (u32, u32) = (0, 16);
const CORES: (u32, u32) = (16, 16);
const ABANDONED: (u32, u32) = (32, 8);
const RUNTIME: (u32, u32) = (40, 8);
const KIND: (u32, u32) = (48, 4);
const SLOT: (u32, u32) = (52, 9);
/// Set in every token: 0 is none.
const VALID: u64 = 1 << 63;

impl Token {
    fn pack(&self) -> u64 {
        let put = |value: u64, (start, bits): (u32, u32)| (value & ((1 << bits) - 1)) << start;
        VALID
            | put(self.lease.generation.into(), GENERATION)
            | put(self.lease.cores.into(), CORES)
            | put(self.abandoned.into(), ABANDONED)
            | put(self.runtime.into(), RUNTIME)
            | put(self.kind as u64, KIND)
            | put(self.lease.slot as u64, SLOT)
    }

    fn unpack(word: u64) -> Option<Self> {
        let part = |(start, bits): (u32, u32)| {
            u32::try_from(word >> start & ((1 << bits) - 1)).unwrap_or(0)
        };
        let (cores, generation, slot) = (part(CORES), part(GENERATION), part(SLOT) as usize);
        Some(Self {
            kind: Kind::from_number(part(KIND))?,
            runtime: u8::try_from(part(RUNTIME)).ok()?,
            abandoned: u8::try_from(part(ABANDONED)).ok()?,
            lease: Lease { cores, generation, slot },
        })
    }
}

/// Called by a stub before the real function. The function's arguments may be changed in `call`.
pub(crate) extern "C" fn enter(index: u32, call: &mut Call) -> Next {
    let Some(hook) = HOOKS.get(index as usize) else { return Next { target: 0, token: 0 } };
    let target = hook.target.load(Ordering::Relaxed);
    let pass = Next { target, token: 0 };
    if !ACTIVE.load(Ordering::Relaxed) {
        return pass;
    }
    let what = hook.what.load(Ordering::Relaxed);
    let Some(kind) = Kind::from_number(what >> 8 & 0xff) else { return pass };
    let runtime = (what & 0xff) as u8;
    let size = Size::from_number(what >> 16);
    if size.is_single(&call.arguments) {
        return pass;
    }
    process::check_for_fork();
    let Some(thread) = threads::current() else { return pass };
    forget_abandoned(thread, call);
    let class = size.class(&call.arguments);
    // What the region runs: the function itself, or the one that it is given.
    let place = match kind {
        Kind::Blas | Kind::Mkl | Kind::OpenmpBlas => Place::of(target, class),
        Kind::KmpFork => Place::of(call.arguments[2], 0),
        _ => Place::of(call.arguments[0], 0),
    };
    let lease = match kind {
        Kind::Blas => {
            if thread.blas.load(Ordering::Relaxed) > 0 {
                return pass;
            }
            // Before others see that it is inside.
            thread.bind(runtime.into(), !size.is_one_part());
            if !fork::enter_blas(thread) {
                return pass;
            }
            if thread.is_inside() {
                // The region has the cores already.
                openblas::set(runtime, 1);
                Lease::NOTHING
            } else {
                let asked = thread.limited(runtime.into(), openblas::asked(runtime));
                let lease = process::lease(thread, asked, place);
                openblas::set(runtime, threads::under_limits(lease.threads()));
                lease
            }
        }
        Kind::OpenmpBlas => {
            if thread.blas.load(Ordering::Relaxed) > 0 || !fork::enter_blas(thread) {
                return pass;
            }
            openblas_openmp::enter(thread, runtime, place)
        }
        Kind::Mkl => {
            if mkl::is_limited(thread) {
                return pass;
            }
            // In a region of one thread OpenMP says that there is none, and MKL would start another.
            let in_region = thread.is_inside();
            let lease = if in_region {
                Lease::NOTHING
            } else if mkl::is_shared(runtime) && process::lost_its_team() {
                process::lease(thread, 1, place)
            } else {
                process::lease(thread, mkl::asked(runtime), place)
            };
            mkl::limit(thread, runtime, lease.threads().max(1));
            lease
        }
        Kind::Gomp => match openmp::enter(thread, runtime, call, place) {
            Some(lease) => lease,
            None => return pass,
        },
        Kind::GompStart => {
            openmp::enter_start(thread, runtime, call, place);
            return pass;
        }
        Kind::KmpFork => match kmp::enter(thread, runtime, call, place) {
            Some(lease) => lease,
            None => return pass,
        },
        Kind::KmpPush => {
            kmp::push(thread, call);
            return pass;
        }
        Kind::NumbaFor => numba::enter(thread, call, place),
        Kind::NumbaName => {
            numba::name(call);
            return pass;
        }
    };
    let abandoned = (thread.abandoned.load(Ordering::Relaxed) & 0xff) as u8;
    let token = Token { kind, runtime, abandoned, lease }.pack();
    if thread.depth.load(Ordering::Relaxed) == 0 {
        thread.frame.store(std::ptr::from_ref(call) as usize, Ordering::Relaxed);
        thread.place.store(place.number(), Ordering::Relaxed);
        thread.least.store(size.least_ticks(class), Ordering::Relaxed);
        thread.began.store(durations::ticks(), Ordering::Relaxed);
        thread.held.store(token, Ordering::Relaxed);
    }
    bump(&thread.depth);
    Next { target, token }
}

/// Called by a stub after the real function, where `enter` gave a token.
pub(crate) extern "C" fn leave(token: u64) {
    let Some(token) = Token::unpack(token) else { return };
    process::check_for_fork();
    let Some(thread) = threads::current() else { return };
    if u32::from(token.abandoned) != thread.abandoned.load(Ordering::Relaxed) & 0xff {
        // It was given back already.
        return;
    }
    drop_one(&thread.depth);
    if token.kind == Kind::Mkl {
        mkl::unlimit(thread);
    }
    if token.kind == Kind::NumbaFor {
        numba::leave(thread, token.runtime, token.lease);
    }
    if token.lease.cores != 0 {
        end_region(thread, &token);
    }
    // Last: nothing is written to a library after its calls have ended.
    match token.kind {
        Kind::Blas => fork::leave_blas(thread),
        Kind::OpenmpBlas => {
            openblas_openmp::leave(thread);
            fork::leave_blas(thread);
        }
        _ => {}
    }
}

fn end_region(thread: &Thread, token: &Token) {
    let took = durations::ticks().wrapping_sub(thread.began.load(Ordering::Relaxed));
    let place = Place::from_number(thread.place.load(Ordering::Relaxed));
    if took >= thread.least.load(Ordering::Relaxed) {
        place.learn(took, token.lease.threads());
    }
    process::give_back(thread, token.lease);
    if token.kind == Kind::Blas
        && let Some(cores) = process::after_leaving()
    {
        openblas::grow(token.runtime, threads::under_limits(cores));
    }
}

/// `longjmp` may have left hooked calls without `leave`: then the frame of the outermost is below
/// that of a call which comes after it.
fn forget_abandoned(thread: &Thread, call: &Call) {
    let depth = thread.depth.load(Ordering::Relaxed);
    if depth == 0 || thread.frame.load(Ordering::Relaxed) > std::ptr::from_ref(call) as usize {
        return;
    }
    bump(&thread.abandoned);
    thread.depth.store(0, Ordering::Relaxed);
    openblas_openmp::leave(thread);
    if thread.blas.load(Ordering::Relaxed) > 0 {
        thread.blas.store(1, Ordering::Relaxed);
        fork::leave_blas(thread);
    }
    mkl::unlimit(thread);
    let Some(token) = Token::unpack(thread.held.load(Ordering::Relaxed)) else { return };
    if token.kind == Kind::NumbaFor {
        numba::leave(thread, token.runtime, token.lease);
    }
    if token.lease.cores != 0 {
        process::give_back(thread, token.lease);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_holds_what_leaving_needs() {
        for (slot, kept) in [(0, 0), (255, 255), (usize::MAX, 511)] {
            let lease = Lease { cores: 0x8002, generation: 0x12345, slot };
            let token = Token { kind: Kind::KmpFork, runtime: 15, abandoned: 200, lease };
            let word = token.pack();
            assert_ne!(word, 0);
            let back = Token::unpack(word).unwrap();
            assert_eq!((back.kind, back.runtime, back.abandoned), (Kind::KmpFork, 15, 200));
            assert_eq!((back.lease.cores, back.lease.generation), (0x8002, 0x2345));
            // Beyond the table where there was no slot.
            assert_eq!(back.lease.slot, kept);
        }
    }
}
