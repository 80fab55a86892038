//! A lock that a fork does not leave taken.

use std::cell::UnsafeCell;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

/// A value behind a lock that is held for microseconds. A fork waits for it, so that it is free in the
/// child. There is one in the process: the handlers know it by name.
pub(crate) struct Guarded<T> {
    locked: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: the value is reached by `with` alone, by one thread at a time.
unsafe impl<T: Send> Sync for Guarded<T> {}

impl<T> Guarded<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self { locked: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    /// Does something with the value. Must not be called from within itself.
    pub(crate) fn with<R>(&self, action: impl FnOnce(&mut T) -> R) -> R {
        self.take();
        let unlock = Unlock(&self.locked);
        // SAFETY: the lock is ours until `unlock` is dropped, also by a panic.
        let result = action(unsafe { &mut *self.value.get() });
        drop(unlock);
        result
    }

    fn take(&self) {
        while self.locked.swap(true, Ordering::Acquire) {
            std::thread::yield_now();
        }
    }
}

struct Unlock<'l>(&'l AtomicBool);

impl Drop for Unlock<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

static FORKS: Once = Once::new();
/// Whether this process was forked and has not looked at what it inherited.
static FORKED: AtomicBool = AtomicBool::new(false);

/// Has forks wait for the lock of [`crate::thread::SHARED`].
pub(crate) fn mind_forks() {
    FORKS.call_once(|| {
        // SAFETY: the handlers live as long as the process: the extension module that holds them is
        // never unloaded.
        unsafe { libc::pthread_atfork(Some(prepare), Some(parent), Some(child)) };
    });
}

/// Whether this process was forked since this was last asked.
pub(crate) fn was_forked() -> bool {
    FORKED.load(Ordering::Relaxed) && FORKED.swap(false, Ordering::Relaxed)
}

extern "C" fn prepare() {
    crate::thread::SHARED.take();
}

extern "C" fn parent() {
    crate::thread::SHARED.locked.store(false, Ordering::Release);
}

extern "C" fn child() {
    FORKED.store(true, Ordering::Relaxed);
    parent();
}
