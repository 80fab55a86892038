//! Finding runtimes among the loaded libraries, and putting hooks in their place.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use crate::elf::{self, Library, Loaded};
use crate::hooks::{self, Kind};
use crate::ranges::Ranges;
use crate::recognise::{self, has};
use crate::runtimes::{mkl, numba, openblas, openblas_openmp, whole};
use crate::sizes::Size;
use crate::{arch, clock, entries, fork, idle, process, ranges, sizes, slots, symbols, threads};

/// One thread looks at a time.
static LOOKING: AtomicBool = AtomicBool::new(false);
/// The dynamic linker's counters at the last look.
static ADDED: AtomicU64 = AtomicU64::new(0);
static REMOVED: AtomicU64 = AtomicU64::new(0);

/// Whether FlexiBLAS is loaded. It looks its OpenBLAS up while it is being loaded, so that no hook
/// sees its calls: where that one is built on OpenMP, it is left alone.
static FLEXIBLAS: AtomicBool = AtomicBool::new(false);

/// Libraries that were looked at, by the address of their program headers.
static SEEN: [AtomicUsize; 8192] = [const { AtomicUsize::new(0) }; 8192];

/// Functions of OpenMP runtimes that are hooked. The thread count is the third argument of all that
/// begin with `GOMP_parallel`.
pub(crate) const OPENMP: &[(&[u8], Kind)] = &[
    (b"GOMP_parallel", Kind::Gomp),
    (b"GOMP_parallel_loop_static", Kind::Gomp),
    (b"GOMP_parallel_loop_dynamic", Kind::Gomp),
    (b"GOMP_parallel_loop_guided", Kind::Gomp),
    (b"GOMP_parallel_loop_runtime", Kind::Gomp),
    (b"GOMP_parallel_loop_nonmonotonic_dynamic", Kind::Gomp),
    (b"GOMP_parallel_loop_nonmonotonic_guided", Kind::Gomp),
    (b"GOMP_parallel_loop_nonmonotonic_runtime", Kind::Gomp),
    (b"GOMP_parallel_loop_maybe_nonmonotonic_runtime", Kind::Gomp),
    (b"GOMP_parallel_sections", Kind::Gomp),
    (b"GOMP_parallel_reductions", Kind::Gomp),
    (b"GOMP_parallel_start", Kind::GompStart),
    (b"GOMP_parallel_loop_static_start", Kind::GompStart),
    (b"GOMP_parallel_loop_dynamic_start", Kind::GompStart),
    (b"GOMP_parallel_loop_guided_start", Kind::GompStart),
    (b"GOMP_parallel_loop_runtime_start", Kind::GompStart),
    (b"GOMP_parallel_sections_start", Kind::GompStart),
    (b"__kmpc_fork_call", Kind::KmpFork),
    (b"__kmpc_push_num_threads", Kind::KmpPush),
];

/// A function of an OpenMP runtime in this process.
struct Target {
    address: AtomicUsize,
    what: AtomicUsize,
}

static TARGETS: [Target; 512] =
    [const { Target { address: AtomicUsize::new(0), what: AtomicUsize::new(0) } }; 512];

/// Looks at libraries that were loaded since the last time.
pub(crate) fn look_again() {
    let (added, removed) = elf::changes();
    if added == ADDED.load(Ordering::Acquire) && removed == REMOVED.load(Ordering::Acquire) {
        return;
    }
    exclusively(PATIENCE, || look(added, removed));
}

/// Looks at everything, also at what was seen before.
pub(crate) fn look_at_all() {
    // Between two steps of another thread's look it would be half undone.
    exclusively(LONG_PATIENCE, start_over);
    look_again();
}

fn start_over() {
    for place in &SEEN {
        place.store(0, Ordering::Relaxed);
    }
    ADDED.store(0, Ordering::Relaxed);
    ranges::forget();
    hooks::doubt();
}

/// How long the turn to look is waited for, in naps of 0.1 ms. A look is short; a signal handler that
/// interrupts one must not wait for it.
const PATIENCE: u32 = 100;
/// Where nothing else can be done.
const LONG_PATIENCE: u32 = 5000;

/// Takes the turn to look, so that nobody else does; `false` where that takes too long.
fn take_turn(patience: u32) -> bool {
    for _ in 0..patience {
        if !LOOKING.swap(true, Ordering::Acquire) {
            return true;
        }
        clock::nap(100);
    }
    false
}

/// Does something while nobody looks; `None` where a look goes on for too long.
fn exclusively<T>(patience: u32, action: impl FnOnce() -> T) -> Option<T> {
    take_turn(patience).then(|| {
        let result = action();
        end_turn();
        result
    })
}

/// Something that is done for a call of the program's, while nobody looks.
pub(crate) fn meanwhile<T>(action: impl FnOnce() -> Option<T>) -> Option<T> {
    exclusively(PATIENCE, action).flatten()
}

/// Before a fork: a look that is under way would be left half done in the child, and could be
/// restarting a pool. `false` where it goes on for too long.
pub(crate) fn begin_fork() -> bool {
    take_turn(LONG_PATIENCE)
}

/// After a fork of which [`begin_fork`] gave `true`, and in each forked process.
pub(crate) fn end_turn() {
    LOOKING.store(false, Ordering::Release);
}

fn look(mut added: u64, mut removed: u64) {
    for _ in 0..3 {
        if REMOVED.swap(removed, Ordering::AcqRel) != removed {
            drop_unloaded();
        }
        let loaded = Loaded::without(&was_seen);
        // Other threads' libraries are in the list before they are relocated and have run.
        symbols::wait_for_loading();
        let now = elf::changes();
        if now.1 == removed {
            take_in(&loaded, added);
            return;
        }
        // One was given up and unmapped meanwhile.
        (added, removed) = now;
    }
}

fn take_in(loaded: &Loaded, added: u64) {
    let new = || loaded.iter().filter(|library| !is_ours(library));
    let has_flexiblas = new().any(|library| library.path_has(b"/libflexiblas.so"));
    FLEXIBLAS.fetch_or(has_flexiblas, Ordering::Relaxed);
    // All runtimes first: a library may come before the runtime that it calls.
    let found = new().filter(|library| recognise::runtime(library)).count() > 0;
    new().for_each(recognise::front);
    new().for_each(|library| whole::note(library.code, |name| library.symbol(name).is_some()));
    let runtimes = Ranges::now();
    for library in new() {
        hook(library, &runtimes);
    }
    for library in loaded.iter() {
        note(library.headers);
    }
    ADDED.store(added, Ordering::Release);
    if found {
        fork::register();
    }
    fork::hold_back(|| {
        // A thread in BLAS may wait for a page: that is no system call.
        let idle = || threads::in_blas().next().is_none() && idle::others_are_blocked();
        if !openblas::restart_pools(process::budget(), idle) {
            fork::expect_unseen_calls();
        }
    });
}

/// Whether FlexiBLAS is among the libraries.
pub(crate) fn flexiblas_is_loaded() -> bool {
    FLEXIBLAS.load(Ordering::Relaxed)
}

/// Whether nothing was looked at before: then what is loaded may have been used already.
pub(crate) fn is_first_look() -> bool {
    ADDED.load(Ordering::Relaxed) == 0
}

fn is_ours(library: &Library) -> bool {
    library.contains(look_again as *const () as usize)
}

pub(crate) fn add_target(address: usize, kind: Kind, copy: u8) {
    for target in &TARGETS {
        let known = target.address.load(Ordering::Relaxed);
        if known == 0 || known == address {
            target.what.store((kind as usize) << 8 | usize::from(copy), Ordering::Relaxed);
            target.address.store(address, Ordering::Release);
            return;
        }
    }
}

fn target(address: usize) -> Option<(Kind, u8)> {
    let target = TARGETS
        .iter()
        .take_while(|target| target.address.load(Ordering::Relaxed) != 0)
        .find(|target| target.address.load(Ordering::Relaxed) == address)?;
    let what = target.what.load(Ordering::Relaxed);
    let kind = OPENMP.iter().map(|(_, kind)| *kind).find(|kind| *kind as usize == what >> 8)?;
    Some((kind, u8::try_from(what & 0xff).ok()?))
}

/// Puts hooks into the slots of a library.
fn hook(library: &Library, runtimes: &Ranges) {
    let dlsym = symbols::dlsym_address();
    // OpenBLAS and MKL decide by a number of their own: only what enters them is hooked. In smaller
    // teams than they asked for, members of theirs would wait for others that are not there.
    if let Some(number) = openblas::at(library.code.0) {
        library.slots(
            |_| true,
            |slot| {
                let wrapper = openblas_openmp::replacement(number, slot.name());
                if let Some(wrapper) = wrapper.filter(|wrapper| *wrapper != slot.value) {
                    slots::change(&slot, wrapper);
                }
            },
        );
        return;
    }
    let is_runtime = || {
        let is_blas = openblas::CONTROLS.iter().any(|name| library.symbol(name).is_some())
            || library.symbol(b"blas_cpu_number").is_some()
            || is_part_of_mkl(library);
        is_blas || is_blis(library) || is_openmp(library)
    };
    let is_numba = numba::is_layer(library);
    // Most libraries have no slot for which it matters.
    let mut known_runtime = None;
    let wanted = |value: usize| value == dlsym || is_numba || runtimes.contain(value);
    library.slots(wanted, |slot| {
        if *known_runtime.get_or_insert_with(is_runtime) {
            return;
        }
        let stub = if slot.value == dlsym || slot.unbound && slot.name() == b"dlsym" {
            arch::dlsym_stub()
        } else if is_numba && !slot.unbound && slot.name() == b"PyObject_SetAttrString" {
            hooks::stub_for(slot.value, Kind::NumbaName, 0, Size::Unknown)
        } else if !slot.unbound {
            replacement(slot.value, || slot.name())
        } else if may_be_a_runtimes(slot.name()) {
            symbols::resolve(library, slot.name())
                .and_then(|real| replacement(real, || slot.name()))
        } else {
            None
        };
        if let Some(stub) = stub {
            slots::change(&slot, stub);
        }
    });
    if mkl::shares_its_library(library.code.0) {
        library.own_slots(|slot, function| {
            if let Some(stub) = replacement(function, || slot.name()) {
                slots::change(&slot, stub);
            }
        });
    }
}

/// Whether a function of this name could be one that is hooked: looking it up takes a while.
fn may_be_a_runtimes(name: &[u8]) -> bool {
    OPENMP.iter().any(|(known, _)| *known == name)
        || name.starts_with(b"cblas_")
        || name.len() < 12 && name.ends_with(b"_")
        || has(name, b"num_threads")
}

pub(crate) fn is_part_of_mkl(library: &Library) -> bool {
    library.path_has(b"/libmkl_")
}

/// BLIS ends the program when one of its teams is smaller than it asked for. Debian's copy of it that
/// stands for `libblas.so.3` exports none of its own functions.
fn is_blis(library: &Library) -> bool {
    library.symbol(b"bli_thread_set_num_threads").is_some() || library.path_has(b"/libblas.so")
}

fn is_openmp(library: &Library) -> bool {
    library.symbol(b"omp_get_max_threads").is_some() && library.symbol(b"GOMP_parallel").is_some()
}

/// As [`replacement`], for a call of the program's; a stub is made while nobody looks.
pub(crate) fn stand_in(address: usize, name: impl Fn() -> &'static [u8]) -> Option<usize> {
    let make = || meanwhile(|| replacement(address, name));
    // One that was made already takes no turn.
    hooks::known(address).or_else(|| Ranges::now().contain(address).then(make).flatten())
}

/// What takes the place of the function at `address`; `None` where it is left as it is.
fn replacement(address: usize, name: impl Fn() -> &'static [u8]) -> Option<usize> {
    // Many libraries have a slot for the same function.
    if let Some(stub) = hooks::known(address) {
        return Some(stub);
    }
    if let Some(number) = openblas::at(address) {
        let name = name();
        if let Some(wrapper) = openblas::replacement(number, name) {
            return Some(wrapper);
        }
        // Its own affairs.
        let own: [&[u8]; 4] = [b"openblas", b"goto", b"blas_thread", b"exec_blas"];
        let hooked = !own.iter().any(|part| has(name, part)) && !sizes::is_always_single(name);
        let kind = if openblas::is_openmp(number) { Kind::OpenmpBlas } else { Kind::Blas };
        return hooked.then(|| hooks::stub_for(address, kind, number, Size::of(name))).flatten();
    }
    if let Some(number) = mkl::at(address) {
        let name = name();
        return mkl::is_hooked(number, name)
            .then(|| hooks::stub_for(address, Kind::Mkl, number, Size::of(name)))
            .flatten();
    }
    let (kind, copy) = target(address)?;
    hooks::stub_for(address, kind, copy, Size::Unknown)
}

/// Remembers a library by the address of its program headers.
fn note(headers: usize) {
    place(headers, true);
}

fn was_seen(headers: usize) -> bool {
    !place(headers, false)
}

/// Whether a library is new, and takes it in if `take`.
fn place(key: usize, take: bool) -> bool {
    let start = (key >> 12).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 51;
    for offset in 0..SEEN.len() {
        let Some(place) = SEEN.get((start + offset) % SEEN.len()) else { return false };
        match place.load(Ordering::Relaxed) {
            0 => {
                if take {
                    place.store(key, Ordering::Relaxed);
                }
                return true;
            }
            known if known == key => return false,
            _ => {}
        }
    }
    false
}

/// After an unload: what belonged to it is forgotten, and all that is left is looked at again,
/// since a new library may lie where an old one was.
fn drop_unloaded() {
    let loaded = Loaded::now();
    let is_loaded = |address: usize| loaded.at(address).is_some_and(|it| it.maps(address));
    slots::forget(is_loaded);
    let is_intact = |address: usize| is_loaded(address) && entries::is_intact(address);
    openblas::forget_unless(is_intact);
    entries::forget(is_intact);
    start_over();
}

/// Undoes every hook.
pub(crate) fn undo() {
    look_again();
    let mine = take_turn(LONG_PATIENCE);
    let (_, removed) = elf::changes();
    if REMOVED.swap(removed, Ordering::AcqRel) != removed {
        drop_unloaded();
    }
    entries::restore();
    slots::restore();
    start_over();
    if mine {
        end_turn();
    }
}
