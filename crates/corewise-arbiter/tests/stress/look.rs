//! What a process does every few ms: it looks at the others, and frees the slots of the dead.

use std::time::{Duration, Instant};

use corewise_arbiter::{
    Liveness, Owner, Request, SlotSet, Slots, cpu_time, liveness, pid_namespace, this_process,
};

/// How often it looks.
pub(crate) const TICK: Duration = Duration::from_millis(4);
/// How long a process may make no progress before it is asked whether it lives.
pub(crate) const STALLED: Duration = Duration::from_millis(40);

struct Seen {
    owner: Owner,
    cpu: u64,
    moved: Instant,
}

/// The eyes of one process.
pub(crate) struct Looker {
    mine: usize,
    me: Owner,
    namespace: u64,
    seen: Vec<Option<Seen>>,
}

impl Looker {
    /// Of the process with the slot `mine`, or with none.
    pub(crate) fn new(mine: usize) -> Self {
        Self { mine, me: this_process().unwrap(), namespace: pid_namespace(), seen: Vec::new() }
    }

    /// Leases as much as there is.
    pub(crate) fn lease(&self, slots: Slots<'_>) -> u32 {
        let (asked, stalled) = (super::BUDGET, SlotSet::default());
        let request = Request { asked, budget: super::BUDGET, own_callers: 1, stalled, now: 0 };
        slots.lease(self.mine, request)
    }

    /// Looks at all slots but its own.
    pub(crate) fn look(&mut self, slots: Slots<'_>) {
        self.seen.resize_with(slots.high(), || None);
        for index in 0..slots.high() {
            if index != self.mine {
                self.look_at(slots, index);
            }
        }
    }

    fn look_at(&mut self, slots: Slots<'_>, index: usize) {
        let Some(reading) = slots.read(index, 0) else {
            if let Some(reaper) = slots.reaper(index)
                && liveness(reaper) == Liveness::Dead
            {
                slots.take_over(index, reaper, self.me);
            }
            return;
        };
        if reading.namespace != self.namespace && reading.namespace != 0 {
            return;
        }
        let owner = reading.owner;
        let Some(cpu) = cpu_time(owner.pid()) else {
            slots.reap(index, owner, self.me);
            return;
        };
        match &mut self.seen[index] {
            Some(seen) if seen.owner == owner && seen.cpu == cpu => {
                if seen.moved.elapsed() >= STALLED && liveness(owner) == Liveness::Dead {
                    slots.reap(index, owner, self.me);
                }
            }
            seen => *seen = Some(Seen { owner, cpu, moved: Instant::now() }),
        }
    }
}
