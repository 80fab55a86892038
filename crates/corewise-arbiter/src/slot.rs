//! One process's line in the table, and what all processes share beside the lines.

use crate::Owner;
use crate::sync::{AtomicU32, AtomicU64, Ordering, fence};

/// Set in a slot's owner word while a process resets it; the other bits are that process.
pub(crate) const RESET: u64 = 1 << 63;
/// One caller in a slot's load word; the low half counts cores.
pub(crate) const CALLER: u64 = 1 << 32;
/// The bits of a slot's recent word that say until when its callers count.
const UNTIL: u64 = (1 << 48) - 1;

/// One process's line in the table. Two cache lines, since the hardware fetches lines in pairs.
#[derive(Debug)]
#[repr(C, align(128))]
pub struct Slot {
    /// The process, 0 for none, or [`RESET`] with the process that resets the slot.
    pub(crate) owner: AtomicU64,
    /// Callers that are in a parallel region (high half), and the cores that they hold (low half).
    pub(crate) load: AtomicU64,
    /// Callers of late (top 16 bits), and the millisecond until which that counts.
    pub(crate) recent: AtomicU64,
    /// The PID namespace of the owner, as the inode of `/proc/self/ns/pid`.
    pub(crate) namespace: AtomicU64,
    /// When the owner last looked at the table, in monotonic ms.
    pub(crate) beat: AtomicU64,
    /// Parallel regions that the owner has leased cores for.
    pub(crate) regions: AtomicU64,
    /// Threads that those regions asked for and did not get.
    pub(crate) withheld: AtomicU64,
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

impl Slot {
    /// The process that has the slot; `None` where it is free or being reset.
    pub(crate) fn owner(&self) -> Option<Owner> {
        // Acquire: what was there before the owner came is not taken for the owner's.
        owner_in(self.owner.load(Ordering::Acquire))
    }

    /// Callers in a parallel region, and the cores that they hold.
    pub(crate) fn load(&self) -> (u32, u32) {
        let load = self.load.load(Ordering::Relaxed);
        (high_half(load), low_half(load))
    }

    /// Takes `callers` and `cores` from the load, as far as they are in it.
    ///
    /// What is given back twice, or to a slot that was lost, must not wrap around: everybody else
    /// would see billions of cores in use. Without a caller nothing is held, so that a wrong count
    /// ends at the latest when the process is next outside of parallel regions.
    pub(crate) fn subtract(&self, callers: u32, cores: u32) {
        let mut load = self.load.load(Ordering::Relaxed);
        loop {
            let left = match high_half(load).saturating_sub(callers) {
                0 => 0,
                left => u64::from(left) * CALLER + u64::from(low_half(load).saturating_sub(cores)),
            };
            // Fails only where another thread of this process was in between.
            let order = Ordering::Relaxed;
            match self.load.compare_exchange_weak(load, left, order, order) {
                Ok(_) => return,
                Err(now) => load = now,
            }
        }
    }

    /// Callers of late, as far as that still counts.
    pub(crate) fn recent(&self, now: u64) -> u32 {
        let word = self.recent.load(Ordering::Relaxed);
        if now <= word & UNTIL { u32::try_from(word >> 48).unwrap_or(0) } else { 0 }
    }

    /// Sets what [`recent`](Self::recent) says up to the millisecond `until`.
    pub(crate) fn set_recent(&self, callers: u32, until: u64) {
        let word = (u64::from(callers.min(0xffff)) << 48) | (until & UNTIL);
        self.recent.store(word, Ordering::Relaxed);
    }

    /// Moves the owner word on; `false` where somebody else did.
    pub(crate) fn pass(&self, from: u64, to: u64) -> bool {
        self.owner.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// Zeroes everything that the last owner left. Only for who has marked the slot [`RESET`].
    pub(crate) fn clear(&self) {
        // Whoever sees a zero from below also sees the mark: see `Slots::read`.
        fence(Ordering::Release);
        for word in
            [&self.load, &self.recent, &self.namespace, &self.beat, &self.regions, &self.withheld]
        {
            word.store(0, Ordering::Relaxed);
        }
    }
}

#[cfg(loom)]
impl Slot {
    /// A slot whose owner is no more and holds `cores`; where `resets` is so, it was killed when it
    /// had just begun to reset the slot.
    #[must_use]
    pub fn abandoned(owner: Owner, cores: u32, resets: bool) -> Self {
        let slot = Self::default();
        slot.owner.store(owner.word() | if resets { RESET } else { 0 }, Ordering::Relaxed);
        slot.load.store(CALLER | u64::from(cores), Ordering::Relaxed);
        slot
    }
}

/// The process that an owner word names; `None` where the slot is free or being reset.
pub(crate) const fn owner_in(word: u64) -> Option<Owner> {
    if word & RESET == 0 { Owner::from_word(word) } else { None }
}

/// What all processes share beside the slots.
#[derive(Debug)]
#[repr(C, align(128))]
pub struct Counters {
    /// Slots beyond this one were never used.
    pub(crate) high: AtomicU32,
}

impl Default for Counters {
    fn default() -> Self {
        Self { high: AtomicU32::new(0) }
    }
}

fn high_half(load: u64) -> u32 {
    u32::try_from(load >> 32).unwrap_or(u32::MAX)
}

fn low_half(load: u64) -> u32 {
    u32::try_from(load & u64::from(u32::MAX)).unwrap_or(u32::MAX)
}
