//! A table in shared memory in which the processes of a session lease cores.
//!
//! A process claims a slot, leases cores for each parallel region and gives them back; the sum over
//! all slots is what is in use. A process that is killed at any instruction loses its slot to
//! whoever looks next.
//!
//! # Design constraints
//!
//! - libc only: it runs inside other people's programs.
//! - [`Slots::lease`] and [`Slots::give_back`] make no system call, never wait and never allocate.
//! - Nothing that another process writes can make this one panic or wait.
//!
//! ```
//! use corewise_arbiter::{Owner, Request, Settings, SlotSet, Table};
//!
//! let table = Table::private(Settings { budget: 4, deterministic: false })?;
//! let slots = table.slots();
//! let mine = slots.claim(Owner::new(1, 1).unwrap(), 0, 0).unwrap();
//! let other = slots.claim(Owner::new(2, 1).unwrap(), 0, 0).unwrap();
//! let request = Request { asked: 8, budget: 4, own_callers: 1, stalled: SlotSet::default(), now: 0 };
//! assert_eq!(slots.lease(mine, request), 4); // alone: the whole budget
//! assert_eq!(slots.lease(other, request), 1); // nothing is free: the caller's own core
//! slots.give_back(mine, 4);
//! assert_eq!(slots.lease(mine, request), 2); // two callers: half each
//! # Ok::<(), corewise_arbiter::TableError>(())
//! ```

mod lease;
mod liveness;
mod owner;
#[cfg(not(loom))]
mod session;
mod set;
mod slot;
mod slots;
mod sync;
#[cfg(not(loom))]
mod table;

pub use lease::{Others, Request};
pub use liveness::{Liveness, cpu_time, liveness, pid_namespace, this_process};
pub use owner::Owner;
#[cfg(not(loom))]
pub use session::{SESSION_VARIABLE, Session, is_session, open};
pub use set::SlotSet;
pub use slot::{Counters, Slot};
pub use slots::{Reading, SLOTS, Slots};
#[cfg(not(loom))]
pub use table::{Settings, Table, TableError};
