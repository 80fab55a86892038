//! `dlsym`, as the libraries of this process call it.
//!
//! Python loads a module with `dlopen` and then looks up its `PyInit_…`: between the two the
//! module's slots are filled and none of its code has run, so this is when it is looked at.
//! ctypes, and with it threadpoolctl, gets functions of OpenBLAS by `dlsym`, which get the same
//! replacements as slots do.

use std::ffi::{CStr, c_char, c_void};

use crate::elf::Library;
use crate::{discover, hooks};

/// What the stub of `dlsym` does next.
#[repr(C)]
pub(crate) struct Answer {
    /// What it returns.
    value: usize,
    /// 0: return the value. Else: jump there instead.
    target: usize,
}

/// The real `dlsym`. Our own slot is never changed.
pub(crate) fn dlsym_address() -> usize {
    libc::dlsym as *const () as usize
}

/// Waits until no other thread is loading a library: relocations are done, constructors have run.
pub(crate) fn wait_for_loading() {
    // The dynamic linker's lock is taken for the program itself too.
    // SAFETY: null is the program itself; nothing is loaded.
    let handle = unsafe { libc::dlopen(std::ptr::null(), libc::RTLD_LAZY | libc::RTLD_NOLOAD) };
    if !handle.is_null() {
        // SAFETY: the handle was just opened.
        unsafe { libc::dlclose(handle) };
    }
}

/// Keeps a library loaded from here on: its variables are written, its functions called.
pub(crate) fn pin(library: &Library) {
    let flags = libc::RTLD_LAZY | libc::RTLD_NOLOAD | libc::RTLD_NODELETE;
    // SAFETY: a C string; nothing is loaded that is not there.
    unsafe { libc::dlopen(library.path().as_ptr(), flags) };
}

/// The function that `name` means to a library which has not called it yet.
pub(crate) fn resolve(library: &Library, name: &'static [u8]) -> Option<usize> {
    let path = library.path();
    let flags = libc::RTLD_LAZY | libc::RTLD_NOLOAD;
    // The program itself is the one without a path.
    let path = if path.is_empty() { std::ptr::null() } else { path.as_ptr() };
    // SAFETY: null or a C string; nothing is loaded that is not there.
    let handle = unsafe { libc::dlopen(path, flags) };
    if handle.is_null() {
        return None;
    }
    // SAFETY: the handle was just opened; the name ends with a zero byte, for it lies in a string
    // table.
    let value = unsafe { libc::dlsym(handle, name.as_ptr().cast()) } as usize;
    // SAFETY: the handle was just opened, and is not used any more.
    unsafe { libc::dlclose(handle) };
    (value != 0).then_some(value)
}

/// Called by the stub of `dlsym`, with its arguments.
pub(crate) extern "C" fn replacement(handle: usize, name: *const c_char) -> Answer {
    let jump = Answer { value: 0, target: dlsym_address() };
    if !hooks::is_active() || name.is_null() {
        return jump;
    }
    discover::look_again();
    // SAFETY: the caller passes a C string to `dlsym`.
    let text: &'static CStr = unsafe { CStr::from_ptr(name) };
    // What RTLD_DEFAULT (0) and RTLD_NEXT (-1) mean depends on the caller's address.
    if handle == 0 || handle == usize::MAX || text.to_bytes().starts_with(b"PyInit_") {
        return jump;
    }
    let handle = std::ptr::with_exposed_provenance_mut::<c_void>(handle);
    // SAFETY: the arguments are the caller's own; it would have called the same.
    let value = unsafe { libc::dlsym(handle, name) } as usize;
    let replaced = discover::stand_in(value, || text.to_bytes());
    Answer { value: replaced.unwrap_or(value), target: 0 }
}
