//! Buffers that a thread keeps from one call to the next: fresh memory costs as much as the numbers.

use std::any::Any;
use std::cell::RefCell;

thread_local! {
    /// The one that was used last.
    static SPARE: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
}

/// The thread's buffer if it has one of this kind, or an empty one.
#[expect(clippy::unnecessary_box_returns, reason = "it is kept in a box")]
pub(super) fn take<B: Default + 'static>() -> Box<B> {
    let spare = SPARE.try_with(RefCell::take).ok().flatten();
    spare.and_then(|spare| spare.downcast().ok()).unwrap_or_default()
}

/// Keeps a buffer for the next call.
pub(super) fn keep<B: 'static>(buffer: Box<B>) {
    // A thread that is about to end keeps nothing.
    let _ = SPARE.try_with(|spare| spare.replace(Some(buffer)));
}
