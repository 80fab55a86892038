//! What the governor's table says: a few reads of mapped memory, without a system call.

use corewise_arbiter::{Owner, Settings, Slots, Table, pid_namespace};
use corewise_model::{Held, LeaseTick, Nanos, Pid, ProcessId, ProcessLeases, Session};

/// How often the table is read before a reading that is not settled is taken.
const ATTEMPTS: usize = 4;

/// The table of the session that governs the program.
#[derive(Debug)]
pub(crate) struct Leases {
    table: Table,
    namespace: u64,
    settings: Option<Settings>,
    /// What is known of each slot's process.
    lessees: Vec<Option<Lessee>>,
    held: Vec<Held>,
    again: Vec<Held>,
}

/// A process with a slot in the table.
#[derive(Debug, Clone, Copy)]
struct Lessee {
    owner: Owner,
    process: Option<ProcessId>,
    regions: u64,
    withheld: u64,
}

/// What the recorder knows of a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Recorded {
    pub(crate) process: ProcessId,
    /// One that has ended holds nothing, whatever the table still says.
    pub(crate) alive: bool,
}

impl Leases {
    pub(crate) fn new(table: Table) -> Self {
        Self {
            table,
            namespace: pid_namespace(),
            settings: None,
            lessees: Vec::new(),
            held: Vec::new(),
            again: Vec::new(),
        }
    }

    /// What the session agrees on, where it differs from what it was at the last call.
    pub(crate) fn session(&mut self, at: Nanos) -> Option<Session> {
        let settings = self.table.settings();
        if self.settings == Some(settings) {
            return None;
        }
        self.settings = Some(settings);
        let Settings { budget, deterministic } = settings;
        Some(Session { at, budget, deterministic })
    }

    /// What changed since the last call and what is held now; `None` where nothing did and is.
    pub(crate) fn tick(
        &mut self,
        at: Nanos,
        interval: Nanos,
        recorded: impl Fn(Pid) -> Option<Recorded>,
    ) -> Option<LeaseTick> {
        settled(self.table.slots(), &mut self.held, &mut self.again);
        let mut tick = LeaseTick { at, interval, processes: Vec::new(), outside: Held::default() };
        self.lessees.resize(self.held.len(), None);
        for index in 0..self.held.len() {
            self.take_slot(index, &recorded, &mut tick);
        }
        (!tick.processes.is_empty() || tick.outside != Held::default()).then_some(tick)
    }

    fn take_slot(
        &mut self,
        index: usize,
        recorded: &impl Fn(Pid) -> Option<Recorded>,
        tick: &mut LeaseTick,
    ) {
        let slots = self.table.slots();
        let Some(reading) = slots.read(index, 0).filter(|now| slots.is_mine(index, now.owner))
        else {
            self.lessees[index] = None;
            return;
        };
        let pid = Pid(reading.owner.pid());
        // A PID of another namespace means nothing here.
        let known = (reading.namespace == self.namespace).then(|| recorded(pid)).flatten();
        let before = self.lessees[index].filter(|lessee| {
            // Lower counters: the process gave the slot up and took it again.
            lessee.owner == reading.owner && lessee.regions <= reading.regions
        });
        let process = before.and_then(|lessee| lessee.process).or(known.map(|r| r.process));
        let Some(process) = process else {
            tick.outside = tick.outside + self.held[index];
            self.lessees[index] =
                Some(Lessee { owner: reading.owner, process, regions: 0, withheld: 0 });
            return;
        };
        let (regions, withheld) = before.map_or((0, 0), |l| (l.regions, l.withheld));
        let alive = known.is_some_and(|now| now.alive && now.process == process);
        let leases = ProcessLeases {
            process,
            held: if alive { self.held[index] } else { Held::default() },
            regions: reading.regions - regions,
            withheld: reading.withheld.saturating_sub(withheld),
        };
        let joins = before.is_none_or(|lessee| lessee.process.is_none());
        self.lessees[index] = Some(Lessee {
            owner: reading.owner,
            process: Some(process),
            regions: reading.regions,
            withheld: reading.withheld,
        });
        if joins || leases.held != Held::default() || leases.regions + leases.withheld > 0 {
            add(&mut tick.processes, leases);
        }
    }
}

/// A process may have two slots for a moment: one from before it replaced its program.
fn add(processes: &mut Vec<ProcessLeases>, leases: ProcessLeases) {
    match processes.iter_mut().find(|known| known.process == leases.process) {
        Some(known) => {
            known.held = known.held + leases.held;
            known.regions = known.regions.saturating_add(leases.regions);
            known.withheld = known.withheld.saturating_add(leases.withheld);
        }
        None => processes.push(leases),
    }
}

/// What each slot holds at one moment: read until two readings in turn are equal, because cores
/// that move from one slot to another between their reads would count twice, and a lease counts
/// with all that it tries for until it has shrunk. Where the table does not hold still, the reading
/// with the fewest cores is nearest.
fn settled(slots: Slots<'_>, held: &mut Vec<Held>, again: &mut Vec<Held>) {
    read(slots, held);
    for _ in 0..ATTEMPTS {
        read(slots, again);
        if held == again {
            return;
        }
        if cores(again) < cores(held) || again.len() > held.len() {
            std::mem::swap(held, again);
        }
    }
}

fn read(slots: Slots<'_>, into: &mut Vec<Held>) {
    into.clear();
    into.extend((0..slots.high()).map(|index| {
        slots.read(index, 0).map_or(Held::default(), |reading| Held {
            callers: reading.callers,
            cores: reading.cores,
        })
    }));
}

fn cores(held: &[Held]) -> u64 {
    held.iter().map(|held| u64::from(held.cores)).sum()
}

#[cfg(test)]
mod tests {
    use corewise_arbiter::{Request, SlotSet};

    use super::*;

    fn request(asked: u32) -> Request {
        let stalled = SlotSet::default();
        Request { asked, budget: 4, own_callers: 1, stalled, now: 0 }
    }

    /// A session with a budget of four, and a slot for the process 4711.
    fn session() -> (Leases, usize) {
        let settings = Settings { budget: 4, deterministic: false };
        let leases = Leases::new(Table::private(settings).unwrap());
        let slot = claim(&leases, 4711);
        (leases, slot)
    }

    /// As after the end of the process, for a slot is given up by its own process only.
    fn free(leases: &Leases, slot: usize) {
        let slots = leases.table.slots();
        let owner = slots.read(slot, 0).unwrap().owner;
        assert!(slots.reap(slot, owner, owner));
    }

    fn claim(leases: &Leases, pid: u32) -> usize {
        let owner = Owner::new(pid, 1).unwrap();
        leases.table.slots().claim(owner, leases.namespace, 0).unwrap()
    }

    fn known(pid: Pid) -> Option<Recorded> {
        (pid.0 == 4711).then_some(Recorded { process: ProcessId(3), alive: true })
    }

    fn tick(leases: &mut Leases, of: impl Fn(Pid) -> Option<Recorded>) -> Option<LeaseTick> {
        leases.tick(Nanos(20), Nanos(20), of)
    }

    #[test]
    fn a_process_is_named_when_it_joins_and_when_it_has_something_to_say() {
        let (mut leases, slot) = session();
        let joined = tick(&mut leases, known).unwrap();
        let nothing =
            ProcessLeases { process: ProcessId(3), held: Held::default(), regions: 0, withheld: 0 };
        assert_eq!(joined.processes, [nothing]);
        assert_eq!(tick(&mut leases, known), None);
        let given = leases.table.slots().lease(slot, request(8));
        leases.table.slots().record(slot, 8, given);
        let held = Held { callers: 1, cores: 4 };
        let leasing = ProcessLeases { held, regions: 1, withheld: 4, ..nothing };
        assert_eq!(tick(&mut leases, known).unwrap().processes, [leasing]);
        let holding = ProcessLeases { held, ..nothing };
        assert_eq!(tick(&mut leases, known).unwrap().processes, [holding]);
        leases.table.slots().give_back(slot, given);
        assert_eq!(tick(&mut leases, known), None);
    }

    #[test]
    fn what_a_process_counted_before_it_was_found_is_its_own() {
        let (mut leases, slot) = session();
        let given = leases.table.slots().lease(slot, request(2));
        leases.table.slots().record(slot, 5, given);
        let outside = tick(&mut leases, |_| None).unwrap();
        assert_eq!((outside.processes.len(), outside.outside.cores), (0, 2));
        let found = tick(&mut leases, known).unwrap();
        assert_eq!(found.outside, Held::default());
        assert_eq!((found.processes[0].regions, found.processes[0].withheld), (1, 3));
    }

    #[test]
    fn a_process_that_has_ended_holds_nothing_and_its_last_regions_count() {
        let (mut leases, slot) = session();
        tick(&mut leases, known);
        let given = leases.table.slots().lease(slot, request(2));
        leases.table.slots().record(slot, 2, given);
        let ended = |_| Some(Recorded { process: ProcessId(3), alive: false });
        let last = tick(&mut leases, ended).unwrap().processes[0];
        assert_eq!((last.regions, last.held), (1, Held::default()));
        assert_eq!(tick(&mut leases, ended), None);
    }

    #[test]
    fn a_slot_that_is_given_to_another_process_counts_from_nothing() {
        let (mut leases, slot) = session();
        leases.table.slots().record(slot, 2, 1);
        tick(&mut leases, known);
        free(&leases, slot);
        assert_eq!(claim(&leases, 4711), slot);
        leases.table.slots().record(slot, 2, 2);
        leases.table.slots().record(slot, 2, 2);
        // Between two looks nothing tells the new slot from the old one, so its first region is
        // taken for the old one's.
        assert_eq!(tick(&mut leases, known).unwrap().processes[0].regions, 1);
        free(&leases, slot);
        tick(&mut leases, known);
        assert_eq!(claim(&leases, 4711), slot);
        leases.table.slots().record(slot, 2, 2);
        assert_eq!(tick(&mut leases, known).unwrap().processes[0].regions, 1);
    }

    #[test]
    fn a_pid_of_another_namespace_is_nobodys() {
        let (mut leases, _) = session();
        leases.namespace += 1;
        assert_eq!(tick(&mut leases, known), None);
    }

    #[test]
    fn the_settings_are_told_when_they_change() {
        let (mut leases, _) = session();
        let first = leases.session(Nanos(1)).unwrap();
        assert_eq!((first.budget, first.deterministic), (4, false));
        assert_eq!(leases.session(Nanos(2)), None);
        leases.table.set_budget(2);
        assert_eq!(leases.session(Nanos(3)).unwrap().budget, 2);
    }

    /// The sums that are told keep to what the protocol promises, however busy the table is.
    #[test]
    fn cores_that_move_between_slots_are_not_counted_twice() {
        let (mut leases, first) = session();
        let second = claim(&leases, 4712);
        let slots = [first, second];
        let stop = std::sync::atomic::AtomicBool::new(false);
        let table = Table::private(Settings { budget: 4, deterministic: false }).unwrap();
        let table = std::mem::replace(&mut leases.table, table);
        // The watcher looks at the table that the threads below use.
        let (mut held, mut again) = (Vec::new(), Vec::new());
        std::thread::scope(|scope| {
            for slot in slots {
                let (table, stop) = (&table, &stop);
                scope.spawn(move || {
                    while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                        let given = table.slots().lease(slot, request(4));
                        // As long as the shortest of regions.
                        let until = std::time::Instant::now() + std::time::Duration::from_micros(5);
                        while std::time::Instant::now() < until {}
                        table.slots().give_back(slot, given);
                    }
                });
            }
            for _ in 0..20_000 {
                settled(table.slots(), &mut held, &mut again);
                let sum = held.iter().fold(Held::default(), |sum, held| sum + *held);
                assert!(sum.cores <= 4 + sum.callers, "{held:?}");
            }
            stop.store(true, std::sync::atomic::Ordering::Relaxed);
        });
    }
}
