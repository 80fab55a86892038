//! The protocol: claiming a slot, leasing cores, reaping the slots of processes that died.
//!
//! The README beside this crate states the orderings and why they suffice; `tests/loom.rs` checks
//! them.

use crate::Owner;
use crate::sync::{AtomicU32, AtomicU64, Ordering, fence};

/// Processes that a table has room for.
pub const SLOTS: usize = 256;
/// Set in a slot's owner word while a process resets it; the other bits are that process.
const REAPING: u64 = 1 << 63;
/// One caller in a slot's load word; the low half counts cores.
const CALLER: u64 = 1 << 32;

/// One process's line in the table. Two cache lines, since the hardware fetches lines in pairs.
#[derive(Debug)]
#[repr(C, align(128))]
pub struct Slot {
    /// The process, 0 for none, or [`REAPING`] with the process that resets the slot.
    owner: AtomicU64,
    /// Callers that are in a parallel region (high half), and the cores that they hold (low half).
    load: AtomicU64,
    /// Callers of late (top 16 bits), and the millisecond until which that counts.
    recent: AtomicU64,
    /// The PID namespace of the owner, as the inode of `/proc/self/ns/pid`.
    namespace: AtomicU64,
    /// When the owner last looked at the table, in monotonic ms.
    beat: AtomicU64,
    /// Parallel regions that the owner has leased cores for.
    regions: AtomicU64,
    /// Threads that those regions asked for and did not get.
    withheld: AtomicU64,
}

impl Default for Slot {
    fn default() -> Self {
        Self {
            owner: AtomicU64::new(0),
            load: AtomicU64::new(0),
            recent: AtomicU64::new(0),
            namespace: AtomicU64::new(0),
            beat: AtomicU64::new(0),
            regions: AtomicU64::new(0),
            withheld: AtomicU64::new(0),
        }
    }
}

/// What all processes share beside the slots.
#[derive(Debug)]
#[repr(C, align(128))]
pub struct Counters {
    /// Slots beyond this one were never used.
    high: AtomicU32,
    /// Counts processes whose demand grew: whoever has a cached view makes a new one.
    arrivals: AtomicU32,
}

impl Default for Counters {
    fn default() -> Self {
        Self { high: AtomicU32::new(0), arrivals: AtomicU32::new(0) }
    }
}

/// A set of slots.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SlotSet([u64; SLOTS / 64]);

impl SlotSet {
    /// Adds a slot. One beyond [`SLOTS`] is not added.
    pub fn insert(&mut self, index: usize) {
        if let Some(word) = self.0.get_mut(index / 64) {
            *word |= 1 << (index % 64);
        }
    }

    /// Sets the slots 64 × `index` to 64 × `index` + 63 at once, a bit each.
    pub fn set_word(&mut self, index: usize, bits: u64) {
        if let Some(word) = self.0.get_mut(index) {
            *word = bits;
        }
    }

    /// Whether a slot is in the set.
    #[must_use]
    pub fn contains(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word & (1 << (index % 64)) != 0)
    }
}

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
    /// The owner's PID namespace; 0 where the owner has not said it yet.
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

/// `load` split into callers and cores.
fn split(load: u64) -> (u32, u32) {
    let callers = u32::try_from(load >> 32).unwrap_or(u32::MAX);
    let cores = u32::try_from(load & u64::from(u32::MAX)).unwrap_or(u32::MAX);
    (callers, cores)
}

impl Slots<'_> {
    /// Takes a free slot for `me`; `None` where all are taken.
    #[must_use]
    pub fn claim(&self, me: Owner, namespace: u64, now: u64) -> Option<usize> {
        for (index, slot) in self.slots.iter().enumerate() {
            if slot.owner.load(Ordering::Relaxed) != 0 {
                continue;
            }
            // Acquire: what the last owner or its reaper wrote into the slot is done.
            let taken =
                slot.owner.compare_exchange(0, me.word(), Ordering::AcqRel, Ordering::Relaxed);
            if taken.is_ok() {
                slot.beat.store(now, Ordering::Relaxed);
                slot.namespace.store(namespace, Ordering::Release);
                let used = u32::try_from(index + 1).unwrap_or(u32::MAX);
                self.counters.high.fetch_max(used, Ordering::SeqCst);
                return Some(index);
            }
        }
        None
    }

    /// Gives a slot of one's own back, with everything that it holds.
    pub fn release(&self, mine: usize) {
        if let Some(slot) = self.slots.get(mine) {
            Self::reset(slot);
        }
    }

    /// Whether the slot is still the owner's: a process that was taken for dead loses it.
    #[must_use]
    pub fn is_mine(&self, mine: usize, me: Owner) -> bool {
        self.slots.get(mine).is_some_and(|slot| slot.owner.load(Ordering::Relaxed) == me.word())
    }

    /// Leases cores for a parallel region: what is free, at most what was asked and at most a fair
    /// part, at least 1. Never waits, makes no system call.
    ///
    /// After all leases in flight have returned, cores held exceed the budget by at most the
    /// callers that hold one core each.
    #[must_use]
    pub fn lease(&self, mine: usize, request: Request) -> u32 {
        let Some(slot) = self.slots.get(mine) else { return 1 };
        // One core, always: it is the caller's own thread, which runs whatever we say.
        slot.load.fetch_add(CALLER | 1, Ordering::SeqCst);
        if request.asked <= 1 {
            return 1;
        }
        let others = self.others(mine, &request.stalled, request.now);
        let (own_callers, own_cores) = split(slot.load.load(Ordering::SeqCst));
        let callers = others.callers + own_callers.max(request.own_callers);
        let fair = request.budget / callers.max(1);
        let taken = others.cores + own_cores.saturating_sub(1);
        let free = request.budget.saturating_sub(taken);
        let more = request.asked.min(fair).min(free).saturating_sub(1);
        if more == 0 {
            return 1;
        }
        slot.load.fetch_add(u64::from(more), Ordering::SeqCst);
        // Another process may have done the same between our look and our claim. The claims are
        // totally ordered, so whoever claims last sees the others' and shrinks.
        fence(Ordering::SeqCst);
        let taken = self.others(mine, &request.stalled, request.now).cores
            + split(slot.load.load(Ordering::SeqCst)).1.saturating_sub(more + 1);
        let free = request.budget.saturating_sub(taken);
        let kept = more.min(free.saturating_sub(1));
        if kept < more {
            slot.load.fetch_sub(u64::from(more - kept), Ordering::SeqCst);
        }
        1 + kept
    }

    /// Gives back what [`lease`](Self::lease) gave, when the region ends.
    pub fn give_back(&self, mine: usize, cores: u32) {
        if let Some(slot) = self.slots.get(mine) {
            slot.load.fetch_sub(CALLER | u64::from(cores), Ordering::SeqCst);
        }
    }

    /// Gives back cores of a lease that goes on with the others.
    pub fn shrink(&self, mine: usize, cores: u32) {
        if let Some(slot) = self.slots.get(mine) {
            slot.load.fetch_sub(u64::from(cores), Ordering::SeqCst);
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
        self.slots.get(mine).map_or((0, 0), |slot| split(slot.load.load(Ordering::Relaxed)))
    }

    /// What the others have and want now, without the stalled.
    #[must_use]
    pub fn others(&self, mine: usize, stalled: &SlotSet, now: u64) -> Others {
        let mut others = Others::default();
        let high = self.high();
        for (index, slot) in self.slots.iter().take(high).enumerate() {
            if index == mine || stalled.contains(index) {
                continue;
            }
            let (callers, cores) = split(slot.load.load(Ordering::SeqCst));
            let recent = Self::recent(slot, now);
            others.callers = others.callers.saturating_add(callers.max(recent));
            others.cores = others.cores.saturating_add(cores);
        }
        others
    }

    /// The slots that were ever used.
    #[must_use]
    pub fn high(&self) -> usize {
        (self.counters.high.load(Ordering::SeqCst) as usize).min(self.slots.len())
    }

    /// How often a process's demand has grown: it differs from an earlier reading where a cached
    /// view is out of date.
    #[must_use]
    pub fn arrivals(&self) -> u32 {
        self.counters.arrivals.load(Ordering::Relaxed)
    }

    /// Publishes how many callers this process has had of late, until the millisecond `until`.
    pub fn publish(&self, mine: usize, callers: u32, until: u64) {
        let Some(slot) = self.slots.get(mine) else { return };
        let word = (u64::from(callers.min(0xffff)) << 48) | (until & ((1 << 48) - 1));
        let before = slot.recent.swap(word, Ordering::Relaxed);
        if u64::from(callers) > before >> 48 || (before & ((1 << 48) - 1)) + 1 < until {
            self.counters.arrivals.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A sign of life, in monotonic ms, for processes that cannot see this one's PID.
    pub fn beat(&self, mine: usize, now: u64) {
        if let Some(slot) = self.slots.get(mine) {
            slot.beat.store(now, Ordering::Relaxed);
        }
    }

    /// What slot `index` says; `None` where it is free or being reset.
    #[must_use]
    pub fn read(&self, index: usize, now: u64) -> Option<Reading> {
        let slot = self.slots.get(index)?;
        let word = slot.owner.load(Ordering::Acquire);
        if word & REAPING != 0 {
            return None;
        }
        let owner = Owner::from_word(word)?;
        let (callers, cores) = split(slot.load.load(Ordering::SeqCst));
        Some(Reading {
            owner,
            callers,
            cores,
            recent: Self::recent(slot, now),
            namespace: slot.namespace.load(Ordering::Relaxed),
            beat: slot.beat.load(Ordering::Relaxed),
            regions: slot.regions.load(Ordering::Relaxed),
            withheld: slot.withheld.load(Ordering::Relaxed),
        })
    }

    /// Frees the slot of a process that `me` knows to be dead. `false` where someone else did.
    #[must_use]
    pub fn reap(&self, index: usize, dead: Owner, me: Owner) -> bool {
        let Some(slot) = self.slots.get(index) else { return false };
        let marked = REAPING | me.word();
        let taken =
            slot.owner.compare_exchange(dead.word(), marked, Ordering::AcqRel, Ordering::Relaxed);
        if taken.is_err() {
            return false;
        }
        Self::finish(slot, marked)
    }

    /// A process that died while it was resetting slot `index`, if one did so.
    #[must_use]
    pub fn reaper(&self, index: usize) -> Option<Owner> {
        let word = self.slots.get(index)?.owner.load(Ordering::Acquire);
        if word & REAPING == 0 { None } else { Owner::from_word(word & !REAPING) }
    }

    /// Takes over from a reaper that `me` knows to be dead.
    #[must_use]
    pub fn take_over(&self, index: usize, dead: Owner, me: Owner) -> bool {
        let Some(slot) = self.slots.get(index) else { return false };
        let (from, to) = (REAPING | dead.word(), REAPING | me.word());
        slot.owner.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed).is_ok()
            && Self::finish(slot, to)
    }

    fn recent(slot: &Slot, now: u64) -> u32 {
        let word = slot.recent.load(Ordering::Relaxed);
        let until = word & ((1 << 48) - 1);
        if now <= until { u32::try_from(word >> 48).unwrap_or(0) } else { 0 }
    }

    fn reset(slot: &Slot) {
        Self::clear(slot);
        slot.owner.store(0, Ordering::Release);
    }

    fn clear(slot: &Slot) {
        slot.load.store(0, Ordering::SeqCst);
        for word in [&slot.recent, &slot.namespace, &slot.regions, &slot.withheld] {
            word.store(0, Ordering::Relaxed);
        }
    }

    /// As `reset`, unless another process took over because it took this one for dead.
    fn finish(slot: &Slot, marked: u64) -> bool {
        Self::clear(slot);
        slot.owner.compare_exchange(marked, 0, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }
}
