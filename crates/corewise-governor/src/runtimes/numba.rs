//! Numba's `workqueue` and `tbb` threading layers. (Its `omp` layer is reached by `GOMP_parallel`.)
//!
//! A layer's module tells Python the addresses of its functions as attributes, and Numba has its
//! compiled code call them there, so no slot leads to `parallel_for`: what is hooked is the slot of
//! `PyObject_SetAttrString`, by which the module sets the attribute.
//!
//! Facts from Numba 0.50 to 0.68, `workqueue.c` and `tbbpool.cpp`:
//! - `parallel_for(function, arguments, dimensions, steps, data, inner, arrays, threads)` returns when
//!   the loop has ended, and hands `data` through to `function`, which gets the other three too.
//! - `threads` is what `numba.set_num_threads` set: any number up to the pool's size is right.
//! - It becomes the setting of every thread that takes part. With `tbb` the caller does, so its
//!   own setting has to be put back.

use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::arch::Call;
use crate::durations::Place;
use crate::elf::Library;
use crate::hooks::{self, Kind};
use crate::process::{self, Lease};
use crate::sizes::Size;
use crate::threads::{self, Thread, bump, drop_one};

/// Layers in one process. Each module is loaded once.
const LAYERS: usize = 4;

/// A layer's functions.
struct Layer {
    parallel_for: AtomicUsize,
    /// Its `set_num_threads`, of the calling thread.
    set: AtomicUsize,
}

static KNOWN: [Layer; LAYERS] =
    [const { Layer { parallel_for: AtomicUsize::new(0), set: AtomicUsize::new(0) } }; LAYERS];

/// Whether a library is the module of such a layer.
pub(crate) fn is_layer(library: &Library) -> bool {
    library.path_has(b"/ufunc/workqueue.") || library.path_has(b"/ufunc/tbbpool.")
}

/// Takes in a layer by the addresses of its `parallel_for` and its `set_num_threads`, and gives the
/// stub that stands for the former. The stub of one that is known already is given again.
pub(crate) fn register(parallel_for: usize, set: usize) -> Option<usize> {
    let number = KNOWN.iter().position(|layer| {
        let known = layer.parallel_for.load(Ordering::Relaxed);
        known == parallel_for || known == 0
    })?;
    let layer = KNOWN.get(number)?;
    layer.set.store(set, Ordering::Relaxed);
    layer.parallel_for.store(parallel_for, Ordering::Release);
    hooks::stub_for(parallel_for, Kind::NumbaFor, u8::try_from(number).ok()?, Size::Unknown)
}

/// `PyObject_SetAttrString(module, name, value)` of a layer's module. The attributes come in this
/// order: `parallel_for`, then `set_num_threads`.
pub(crate) fn name(call: &mut Call) {
    let [_, name, value, ..] = &mut call.arguments;
    let text = std::ptr::with_exposed_provenance::<c_char>(*name);
    if text.is_null() {
        return;
    }
    // SAFETY: the module passes a C string.
    let text = unsafe { CStr::from_ptr(text) }.to_bytes();
    let is_set = match text {
        b"parallel_for" => false,
        b"set_num_threads" => true,
        _ => return,
    };
    let Some((as_pointer, from_pointer)) = python() else { return };
    // SAFETY: CPython's `PyLong_AsVoidPtr`; the value is a number that the module has just made, and
    // this thread holds the interpreter's lock, for it is in a module's initialisation.
    let address = unsafe { as_pointer(std::ptr::with_exposed_provenance_mut(*value)) } as usize;
    if address == 0 {
        return;
    }
    if is_set {
        let newest =
            KNOWN.iter().rev().find(|layer| layer.parallel_for.load(Ordering::Relaxed) != 0);
        if let Some(layer) = newest {
            layer.set.store(address, Ordering::Release);
        }
        return;
    }
    let Some(stub) = crate::discover::meanwhile(|| register(address, 0)) else {
        return;
    };
    // SAFETY: CPython's `PyLong_FromVoidPtr`. The attribute keeps a reference of its own to the new
    // number; the one that is left over costs 32 bytes, once.
    let number = unsafe { from_pointer(std::ptr::with_exposed_provenance_mut(stub)) };
    if !number.is_null() {
        *value = number as usize;
    }
}

type AsPointer = unsafe extern "C" fn(*mut c_void) -> *mut c_void;

/// `PyLong_AsVoidPtr` and `PyLong_FromVoidPtr`; `None` where the interpreter's functions are not to
/// be found by their names alone.
fn python() -> Option<(AsPointer, AsPointer)> {
    let find = |name: &CStr| {
        // SAFETY: a C string.
        let address = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
        // SAFETY: both functions take a pointer and give one.
        (!address.is_null())
            .then(|| unsafe { std::mem::transmute::<*mut c_void, AsPointer>(address) })
    };
    Some((find(c"PyLong_AsVoidPtr")?, find(c"PyLong_FromVoidPtr")?))
}

/// What the threads of a loop need to know. Lives in the caller's frame until the loop ends.
#[repr(C)]
struct Region {
    function: extern "C-unwind" fn(*mut c_void, *mut c_void, *mut c_void, *mut c_void),
    data: *mut c_void,
}

/// `parallel_for` begins.
pub(crate) fn enter(thread: &Thread, call: &mut Call, place: Place) -> Lease {
    let [_, count] = &mut call.stack;
    // `int`: the word's upper half is not defined.
    let asked = u32::try_from(*count & 0x7fff_ffff).unwrap_or(1).max(1);
    let nested = thread.is_inside();
    let lease = if nested {
        // What is not leased has no generation: its place keeps the number for `leave`.
        Lease { generation: asked, ..Lease::NOTHING }
    } else {
        thread.numba.store(asked, Ordering::Relaxed);
        process::lease(thread, asked, place)
    };
    *count = lease.threads().max(1) as usize;
    let [function, _, _, _, data, _] = &mut call.arguments;
    let [first, second, ..] = &mut call.room;
    (*first, *second) = (*function, *data);
    *data = std::ptr::from_ref(first) as usize;
    *function = member as *const () as usize;
    lease
}

/// `parallel_for` has ended: the caller gets its setting back.
pub(crate) fn leave(thread: &Thread, number: u8, lease: Lease) {
    let before =
        if lease.cores == 0 { lease.generation } else { thread.numba.load(Ordering::Relaxed) };
    let address = KNOWN.get(usize::from(number)).map_or(0, |l| l.set.load(Ordering::Acquire));
    if address != 0 {
        // SAFETY: the module's `void set_num_threads(int)`; modules of Python's are not unloaded.
        let set = unsafe { std::mem::transmute::<usize, extern "C" fn(c_int)>(address) };
        set(c_int::try_from(before).unwrap_or(1));
    }
}

/// What each thread of a loop runs, once or several times: with `tbb` the caller is among them.
extern "C-unwind" fn member(
    arguments: *mut c_void,
    dimensions: *mut c_void,
    steps: *mut c_void,
    region: *mut c_void,
) {
    // SAFETY: `enter` passed the address of two words in the frame of the stub, which is there
    // until the loop has ended; they have the layout of `Region`.
    let Region { function, data } = unsafe { region.cast::<Region>().read() };
    let thread = threads::current();
    if let Some(thread) = thread {
        bump(&thread.team);
    }
    function(arguments, dimensions, steps, data);
    if let Some(thread) = thread {
        drop_one(&thread.team);
    }
}
