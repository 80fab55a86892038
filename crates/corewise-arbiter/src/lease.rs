//! Leasing cores for a parallel region and giving them back.

use crate::slot::CALLER;
use crate::sync::{Ordering, fence};
use crate::{SlotSet, Slots};

/// What a process asks for when it enters a parallel region.
#[derive(Debug, Clone, Copy)]
pub struct Request {
    /// The most cores that the region can use, at least 1.
    pub asked: u32,
    /// The budget that all processes share, less what is used outside of parallel regions.
    pub budget: u32,
    /// Callers of this process, of late or now, with this one.
    pub own_callers: u32,
    /// Slots that do not count: their processes hold cores but make no progress.
    pub stalled: SlotSet,
    /// Now, in monotonic ms.
    pub now: u64,
}

/// What the other processes have and want.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Others {
    /// Their callers, of late or now.
    pub callers: u32,
    /// The cores that they hold.
    pub cores: u32,
}

impl Slots<'_> {
    /// Leases cores for a parallel region: what is free, at most what was asked and at most a fair
    /// part, at least 1. Never waits, makes no system call.
    ///
    /// At any time, the callers whose leases have returned more than one core hold together at most
    /// the budget; each further caller holds one core, its own thread's. This holds where all ask
    /// with one budget and without stalled slots.
    #[expect(clippy::must_use_candidate, reason = "whoever runs one thread anyhow needs no answer")]
    pub fn lease(&self, mine: usize, request: Request) -> u32 {
        let Some(slot) = self.slots.get(mine) else { return 1 };
        // One core, always: it is the caller's own thread, which runs whatever we say.
        slot.load.fetch_add(CALLER | 1, Ordering::Relaxed);
        if request.asked <= 1 {
            return 1;
        }
        let others = self.others(mine, &request.stalled, request.now);
        let (own_callers, own_cores) = slot.load();
        let callers = others.callers.saturating_add(own_callers.max(request.own_callers));
        let fair = request.budget / callers.max(1);
        let taken = others.cores.saturating_add(own_cores.saturating_sub(1));
        let free = request.budget.saturating_sub(taken);
        let more = request.asked.min(fair).min(free).saturating_sub(1);
        if more == 0 {
            return 1;
        }
        slot.load.fetch_add(u64::from(more), Ordering::Relaxed);
        // Another process may have done the same between our look and our claim. The fences are
        // totally ordered, so whoever passes last sees the others' claims and shrinks.
        fence(Ordering::SeqCst);
        let others = self.others(mine, &request.stalled, request.now);
        let own = slot.load().1.saturating_sub(more + 1);
        let free = request.budget.saturating_sub(others.cores.saturating_add(own));
        let kept = more.min(free.saturating_sub(1));
        if kept < more {
            slot.subtract(0, more - kept);
        }
        1 + kept
    }

    /// Gives back what [`lease`](Self::lease) gave, when the region ends.
    pub fn give_back(&self, mine: usize, cores: u32) {
        if let Some(slot) = self.slots.get(mine) {
            slot.subtract(1, cores);
        }
    }

    /// Gives back cores of a lease that goes on with the others.
    pub fn shrink(&self, mine: usize, cores: u32) {
        if let Some(slot) = self.slots.get(mine) {
            slot.subtract(0, cores);
        }
    }

    /// Counts a region that asked for `asked` threads and got `given`.
    pub fn record(&self, mine: usize, asked: u32, given: u32) {
        let Some(slot) = self.slots.get(mine) else { return };
        slot.regions.fetch_add(1, Ordering::Relaxed);
        if asked > given {
            slot.withheld.fetch_add(u64::from(asked - given), Ordering::Relaxed);
        }
    }

    /// Callers of this process in a parallel region, and the cores that they hold.
    #[must_use]
    pub fn own(&self, mine: usize) -> (u32, u32) {
        self.slots.get(mine).map_or((0, 0), crate::Slot::load)
    }

    /// What the others have and want now, without the stalled.
    #[must_use]
    pub fn others(&self, mine: usize, stalled: &SlotSet, now: u64) -> Others {
        let mut others = Others::default();
        let high = self.high();
        for (index, slot) in self.slots.iter().take(high).enumerate() {
            if index == mine || stalled.contains(index) || slot.owner().is_none() {
                continue;
            }
            let (callers, cores) = slot.load();
            others.callers = others.callers.saturating_add(callers.max(slot.recent(now)));
            others.cores = others.cores.saturating_add(cores);
        }
        others
    }

    /// Publishes how many callers this process has had of late, until the millisecond `until`.
    pub fn publish(&self, mine: usize, callers: u32, until: u64) {
        if let Some(slot) = self.slots.get(mine) {
            slot.set_recent(callers, until);
        }
    }
}
