//! Slots that were changed, so that they can be changed back.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use crate::elf::{Slot, page_size};

/// Slots that can be changed. `NumPy`, `SciPy` and scikit-learn together have 20,000: each module
/// that is built on SciPy's table of LAPACK functions has a slot for every one of them.
const ROOM: usize = 1 << 17;

struct Changed {
    /// The lowest bit, which no address of a word has, says whether its page is read-only.
    address: AtomicUsize,
    was: AtomicUsize,
    now: AtomicUsize,
}

static CHANGED: [Changed; ROOM] = [const {
    Changed { address: AtomicUsize::new(0), was: AtomicUsize::new(0), now: AtomicUsize::new(0) }
}; ROOM];
static COUNT: AtomicUsize = AtomicUsize::new(0);
/// Slots that could not be changed: their page is read-only and stays so.
static REFUSED: AtomicU32 = AtomicU32::new(0);

/// How many slots are changed, and how many could not be.
pub(crate) fn counts() -> (usize, u32) {
    (COUNT.load(Ordering::Relaxed), REFUSED.load(Ordering::Relaxed))
}

/// Writes `value` into a slot. Called by one thread at a time.
pub(crate) fn change(slot: &Slot, value: usize) -> bool {
    let count = COUNT.load(Ordering::Relaxed);
    let Some(entry) = CHANGED.get(count) else {
        REFUSED.fetch_add(1, Ordering::Relaxed);
        return false;
    };
    let address = slot.address | usize::from(slot.read_only);
    entry.address.store(address, Ordering::Relaxed);
    entry.was.store(slot.value, Ordering::Relaxed);
    entry.now.store(value, Ordering::Relaxed);
    if !write(slot.address, value, slot.read_only) {
        REFUSED.fetch_add(1, Ordering::Relaxed);
        return false;
    }
    COUNT.store(count + 1, Ordering::Release);
    true
}

/// Changes every slot back. All of them are loaded: those that are not were forgotten just before.
/// A slot that someone else has changed meanwhile is left alone.
pub(crate) fn restore() {
    let count = COUNT.swap(0, Ordering::AcqRel);
    for entry in CHANGED.iter().take(count) {
        let address = entry.address.load(Ordering::Relaxed);
        let (address, read_only) = (address & !1, address & 1 != 0);
        if read(address) == entry.now.load(Ordering::Relaxed) {
            write(address, entry.was.load(Ordering::Relaxed), read_only);
        }
    }
    REFUSED.store(0, Ordering::Relaxed);
}

/// Forgets slots of libraries that were unloaded, also where another library lies there now: its
/// slots have not been changed yet.
pub(crate) fn forget(is_loaded: impl Fn(usize) -> bool) {
    let mut kept = 0;
    for index in 0..COUNT.load(Ordering::Relaxed) {
        let (Some(from), Some(to)) = (CHANGED.get(index), CHANGED.get(kept)) else { break };
        let address = from.address.load(Ordering::Relaxed);
        let now = from.now.load(Ordering::Relaxed);
        if is_loaded(address & !1) && read(address & !1) == now {
            to.address.store(address, Ordering::Relaxed);
            to.was.store(from.was.load(Ordering::Relaxed), Ordering::Relaxed);
            to.now.store(now, Ordering::Relaxed);
            kept += 1;
        }
    }
    COUNT.store(kept, Ordering::Release);
}

/// A slot of a library that is loaded.
fn read(address: usize) -> usize {
    let slot = std::ptr::with_exposed_provenance::<AtomicUsize>(address);
    // SAFETY: the caller says that the library is loaded; its slots are aligned words.
    unsafe { (*slot).load(Ordering::Relaxed) }
}

fn write(address: usize, value: usize, read_only: bool) -> bool {
    let page = page_size();
    let start = std::ptr::with_exposed_provenance_mut::<libc::c_void>(address & !(page - 1));
    if read_only {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        // SAFETY: the page belongs to a library's relocated data; it becomes writable, which takes
        // nothing from those who read it.
        if unsafe { libc::mprotect(start, page, protection) } != 0 {
            return false;
        }
    }
    let slot = std::ptr::with_exposed_provenance::<AtomicUsize>(address);
    // SAFETY: a word of a loaded library, aligned, writable by now. Those who read it at the same
    // time see one function or the other.
    unsafe { (*slot).store(value, Ordering::Release) };
    if read_only {
        // SAFETY: the protection that the dynamic linker had given it.
        unsafe { libc::mprotect(start, page, libc::PROT_READ) };
    }
    true
}
