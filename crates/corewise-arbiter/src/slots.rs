//! Membership: claiming a slot, leaving it, and freeing the slots of processes that died.
//!
//! The README beside this crate states the orderings and why they suffice; `tests/loom.rs` checks
//! them.

use std::process;

use crate::slot::{RESET, owner_in};
use crate::sync::{Ordering, fence};
use crate::{Counters, Owner, Slot};

/// Processes that a table has room for.
pub const SLOTS: usize = 256;

/// What one slot says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// Whose it is.
    pub owner: Owner,
    /// Its callers in a parallel region.
    pub callers: u32,
    /// The cores that they hold.
    pub cores: u32,
    /// Its callers of late, as far as that still counts.
    pub recent: u32,
    /// The owner's PID namespace; 0 where the owner does not know it.
    pub namespace: u64,
    /// When the owner last looked at the table, in monotonic ms.
    pub beat: u64,
    /// Parallel regions that it has leased cores for.
    pub regions: u64,
    /// Threads that those regions asked for and did not get.
    pub withheld: u64,
}

/// The table's shared words, wherever they are stored.
#[derive(Debug, Clone, Copy)]
pub struct Slots<'a> {
    /// What all processes share.
    pub counters: &'a Counters,
    /// A line a process.
    pub slots: &'a [Slot],
}

impl Slots<'_> {
    /// Takes a free slot for `me`; `None` where all are taken.
    #[must_use]
    pub fn claim(&self, me: Owner, namespace: u64, now: u64) -> Option<usize> {
        let marked = RESET | me.word();
        for (index, slot) in self.slots.iter().enumerate() {
            if slot.owner.load(Ordering::Relaxed) != 0 {
                continue;
            }
            // First, so that others find the slot if this process is killed once it has it.
            let used = u32::try_from(index + 1).unwrap_or(u32::MAX);
            self.counters.high.fetch_max(used, Ordering::Relaxed);
            if !slot.pass(0, marked) {
                continue;
            }
            // Once more: a thread of the last owner may have been in the middle of a lease.
            slot.clear();
            slot.namespace.store(namespace, Ordering::Relaxed);
            slot.beat.store(now, Ordering::Relaxed);
            // Last: an owner is never seen without its namespace.
            if slot.pass(marked, me.word()) {
                return Some(index);
            }
        }
        None
    }

    /// Gives a slot of this process back, with everything that it holds. Nothing happens where it
    /// is another's: of the process that forked this one, or of who came after this one was taken
    /// for dead.
    pub fn release(&self, mine: usize) {
        let Some(slot) = self.slots.get(mine) else { return };
        if let Some(owner) = slot.owner()
            && owner.pid() == process::id()
        {
            Self::reset(slot, owner.word(), owner);
        }
    }

    /// Whether the slot is still the owner's: a process that was taken for dead loses it.
    #[must_use]
    pub fn is_mine(&self, mine: usize, me: Owner) -> bool {
        self.slots.get(mine).is_some_and(|slot| slot.owner.load(Ordering::Relaxed) == me.word())
    }

    /// The slots that were ever used.
    #[must_use]
    pub fn high(&self) -> usize {
        (self.counters.high.load(Ordering::Relaxed) as usize).min(self.slots.len())
    }

    /// A sign of life, in monotonic ms, for processes that cannot see this one's PID.
    pub fn beat(&self, mine: usize, now: u64) {
        if let Some(slot) = self.slots.get(mine) {
            slot.beat.store(now, Ordering::Relaxed);
        }
    }

    /// What slot `index` says; `None` where it is free, being reset, or has just changed hands.
    #[must_use]
    pub fn read(&self, index: usize, now: u64) -> Option<Reading> {
        let slot = self.slots.get(index)?;
        let word = slot.owner.load(Ordering::Acquire);
        let owner = owner_in(word)?;
        let (callers, cores) = slot.load();
        let reading = Reading {
            owner,
            callers,
            cores,
            recent: slot.recent(now),
            namespace: slot.namespace.load(Ordering::Relaxed),
            beat: slot.beat.load(Ordering::Relaxed),
            regions: slot.regions.load(Ordering::Relaxed),
            withheld: slot.withheld.load(Ordering::Relaxed),
        };
        // With the fence in `Slot::clear`: where anything above was written after the slot was
        // marked, the mark or what followed it is seen here.
        fence(Ordering::Acquire);
        (slot.owner.load(Ordering::Relaxed) == word).then_some(reading)
    }

    /// Frees the slot of a process that `me` knows to be dead. `false` where someone else did.
    #[expect(clippy::must_use_candidate, reason = "the slot is freed, by whomever")]
    pub fn reap(&self, index: usize, dead: Owner, me: Owner) -> bool {
        self.slots.get(index).is_some_and(|slot| Self::reset(slot, dead.word(), me))
    }

    /// The process that is resetting slot `index`, if one is. It is at that for nanoseconds, or
    /// was killed.
    #[must_use]
    pub fn reaper(&self, index: usize) -> Option<Owner> {
        let word = self.slots.get(index)?.owner.load(Ordering::Acquire);
        if word & RESET == 0 { None } else { Owner::from_word(word & !RESET) }
    }

    /// Takes over from a process that died while it was resetting a slot, as `me` knows.
    #[expect(clippy::must_use_candidate, reason = "the slot is freed, by whomever")]
    pub fn take_over(&self, index: usize, dead: Owner, me: Owner) -> bool {
        self.slots.get(index).is_some_and(|slot| Self::reset(slot, RESET | dead.word(), me))
    }

    /// Frees a slot whose owner word is `from`. `false` where it was no longer.
    fn reset(slot: &Slot, from: u64, me: Owner) -> bool {
        let marked = RESET | me.word();
        if !slot.pass(from, marked) {
            return false;
        }
        slot.clear();
        slot.pass(marked, 0)
    }
}
