//! The caller's hook: when it is called, and what follows if it says stop.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::surroundings::Process;

/// How often the hook is called at most.
pub(super) const INTERVAL: Duration = Duration::from_millis(50);

/// Is told how many values are done, and says whether to go on.
pub type Hook<'a> = dyn Fn(usize) -> ControlFlow<()> + 'a;

/// Why a call ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The hook said so.
    Cancelled,
    /// The hook forked, and this is the child: none of the call's other threads is here.
    Forked,
    /// Both.
    CancelledInChild,
}

/// Calls the hook from time to time, on the calling thread.
pub(super) struct Watch<'a> {
    hook: Option<&'a Hook<'a>>,
    last: Option<Instant>,
}

impl<'a> Watch<'a> {
    pub(super) fn new(hook: Option<&'a Hook<'a>>) -> Self {
        Self { hook, last: hook.map(|_| Instant::now()) }
    }

    /// Calls the hook if it is time to.
    ///
    /// After [`Stop::Forked`] and [`Stop::CancelledInChild`] no lock may be taken that another thread of the call could have held.
    pub(super) fn look(&mut self, done: impl FnOnce() -> usize) -> Result<(), Stop> {
        let (Some(hook), Some(last)) = (self.hook, self.last) else { return Ok(()) };
        if last.elapsed() < INTERVAL {
            return Ok(());
        }
        let process = Process::this();
        let flow = hook(done());
        if Process::this() != process {
            return Err(if flow.is_break() { Stop::CancelledInChild } else { Stop::Forked });
        }
        self.last = Some(Instant::now());
        if flow.is_break() { Err(Stop::Cancelled) } else { Ok(()) }
    }
}
