//! Functions whose first instructions are replaced by a jump: those by which a program sets and
//! reads OpenBLAS's thread count. Someone may have taken their addresses before the governor came,
//! as threadpoolctl does, so no slot leads to them.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::elf::page_size;

/// Bytes of a jump: `mov rax, address; jmp rax`. Functions are aligned to 16, so no other begins
/// within them.
const JUMP: usize = 12;
/// Entries that can be replaced: some ten a copy of OpenBLAS.
const ROOM: usize = 256;

struct Entry {
    address: AtomicUsize,
    /// The bytes that were there.
    was: [AtomicUsize; 2],
}

static ENTRIES: [Entry; ROOM] = [const {
    Entry { address: AtomicUsize::new(0), was: [AtomicUsize::new(0), AtomicUsize::new(0)] }
}; ROOM];
static COUNT: AtomicUsize = AtomicUsize::new(0);

/// Makes the function at `address` jump to `replacement`. `false` where its page cannot be written,
/// or this architecture is not known. Called by one thread at a time.
pub(crate) fn replace(address: usize, replacement: usize) -> bool {
    if !cfg!(target_arch = "x86_64") || !address.is_multiple_of(16) {
        return false;
    }
    let count = COUNT.load(Ordering::Relaxed);
    if is_replaced(address) {
        return true;
    }
    let Some(entry) = ENTRIES.get(count) else { return false };
    let Some(was) = with_writable(address, || {
        let was = read(address);
        let code = u128::from(was[1] as u64) << 64 >> (8 * JUMP) << (8 * JUMP)
            | 0xe0ff << 80
            | u128::from(replacement as u64) << 16
            | 0xb848;
        let half = |bits: u128| usize::try_from(bits & u128::from(u64::MAX)).unwrap_or(0);
        write(address, [half(code), half(code >> 64)]);
        was
    }) else {
        return false;
    };
    entry.was[0].store(was[0], Ordering::Relaxed);
    entry.was[1].store(was[1], Ordering::Relaxed);
    entry.address.store(address, Ordering::Relaxed);
    COUNT.store(count + 1, Ordering::Release);
    true
}

/// Puts every function back. All of them are loaded: those that are not were forgotten just before.
pub(crate) fn restore() {
    for entry in ENTRIES.iter().take(COUNT.swap(0, Ordering::AcqRel)) {
        let address = entry.address.load(Ordering::Relaxed);
        let was = [entry.was[0].load(Ordering::Relaxed), entry.was[1].load(Ordering::Relaxed)];
        let _ = with_writable(address, || write(address, was));
    }
}

/// Whether the function at `address` still jumps as it was made to: not so where its library was
/// unloaded, and another one, or the same again, lies there now.
pub(crate) fn is_intact(address: usize) -> bool {
    is_replaced(address) && read(address)[0] & 0xffff == 0xb848
}

/// Forgets functions of libraries that were unloaded.
pub(crate) fn forget(is_loaded: impl Fn(usize) -> bool) {
    let mut kept = 0;
    for index in 0..COUNT.load(Ordering::Relaxed) {
        let (Some(from), Some(to)) = (ENTRIES.get(index), ENTRIES.get(kept)) else { break };
        let address = from.address.load(Ordering::Relaxed);
        if is_loaded(address) {
            to.address.store(address, Ordering::Relaxed);
            for (to, from) in to.was.iter().zip(&from.was) {
                to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
            }
            kept += 1;
        }
    }
    COUNT.store(kept, Ordering::Release);
}

fn is_replaced(address: usize) -> bool {
    let count = COUNT.load(Ordering::Relaxed);
    ENTRIES.iter().take(count).any(|entry| entry.address.load(Ordering::Relaxed) == address)
}

/// Runs `action` while the page of `address` is writable; `None` where it does not become so.
fn with_writable<T>(address: usize, action: impl FnOnce() -> T) -> Option<T> {
    const { assert!(JUMP <= 16) };
    let page = page_size();
    let start = std::ptr::with_exposed_provenance_mut::<libc::c_void>(address & !(page - 1));
    let readable = libc::PROT_READ | libc::PROT_EXEC;
    // SAFETY: the page is code of a loaded library. It stays executable, for other threads may run
    // in it.
    if unsafe { libc::mprotect(start, page, readable | libc::PROT_WRITE) } != 0 {
        return None;
    }
    let result = action();
    // SAFETY: the protection that code has.
    unsafe { libc::mprotect(start, page, readable) };
    Some(result)
}

fn read(address: usize) -> [usize; 2] {
    let words = std::ptr::with_exposed_provenance::<[usize; 2]>(address);
    // SAFETY: 16 bytes of code from an aligned address on, within its page.
    unsafe { words.read_volatile() }
}

fn write(address: usize, bytes: [usize; 2]) {
    let words = std::ptr::with_exposed_provenance::<AtomicUsize>(address);
    // SAFETY: as in `read`, and the page is writable now. The second word first: until the first
    // changes, a call runs the old beginning. Between the two a thread that is just entering could
    // run a mixture; such a call at this moment is one to a setter, while the library is loaded or
    // `govern()` runs.
    unsafe {
        (*words.add(1)).store(bytes[1], Ordering::SeqCst);
        (*words).store(bytes[0], Ordering::SeqCst);
    }
}
