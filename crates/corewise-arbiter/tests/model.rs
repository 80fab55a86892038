//! Leases, one step after the other, against a model without atomics.

#![cfg(not(loom))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use corewise_arbiter::{Counters, Owner, Request, Slot, SlotSet, Slots};
use proptest::collection::vec;
use proptest::prelude::*;

const PROCESSES: usize = 4;

#[derive(Debug, Clone)]
enum Step {
    Lease { process: usize, asked: u32, own_callers: u32, stalled: Option<usize> },
    GiveBack { process: usize, which: usize },
    Publish { process: usize, callers: u32, ms: u64 },
    Wait { ms: u64 },
    Kill { process: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let process = 0..PROCESSES;
    let stalled = prop::option::weighted(0.1, process.clone());
    prop_oneof![
        4 => (process.clone(), 0..20_u32, 0..4_u32, stalled).prop_map(
            |(process, asked, own_callers, stalled)| {
                Step::Lease { process, asked, own_callers, stalled }
            }
        ),
        3 => (process.clone(), any::<usize>())
            .prop_map(|(process, which)| Step::GiveBack { process, which }),
        1 => (process.clone(), 0..100_000_u32, 0..20_u64)
            .prop_map(|(process, callers, ms)| Step::Publish { process, callers, ms }),
        1 => (0..10_u64).prop_map(|ms| Step::Wait { ms }),
        1 => process.prop_map(|process| Step::Kill { process }),
    ]
}

/// What one process holds: the cores of each of its leases.
#[derive(Debug, Default, Clone)]
struct Process {
    leases: Vec<u32>,
    recent: (u32, u64),
}

impl Process {
    fn callers(&self) -> u32 {
        u32::try_from(self.leases.len()).unwrap()
    }

    fn cores(&self) -> u32 {
        self.leases.iter().sum()
    }

    fn wants(&self, now: u64) -> u32 {
        let (recent, until) = self.recent;
        self.callers().max(if now <= until { recent } else { 0 })
    }
}

/// Cores that a lease should give, by what it promises.
fn expected(processes: &[Process], mine: usize, request: &Request) -> u32 {
    let others = || {
        let all = processes.iter().enumerate();
        all.filter(|(index, _)| *index != mine && !request.stalled.contains(*index))
            .map(|(_, process)| process)
    };
    let callers = others().map(|process| process.wants(request.now)).sum::<u32>()
        + (processes[mine].callers() + 1).max(request.own_callers);
    let held = others().map(Process::cores).sum::<u32>() + processes[mine].cores();
    let free = request.budget.saturating_sub(held);
    request.asked.min(request.budget / callers).min(free).max(1)
}

fn owner(process: usize) -> Owner {
    Owner::new(std::process::id(), process as u64).unwrap()
}

proptest! {
    #[test]
    fn leases_are_what_the_model_says(budget in 1..17_u32, steps in vec(step(), 1..60)) {
        let counters = Counters::default();
        let slots: Vec<Slot> = (0..PROCESSES).map(|_| Slot::default()).collect();
        let slots = Slots { counters: &counters, slots: &slots };
        for process in 0..PROCESSES {
            prop_assert_eq!(slots.claim(owner(process), 1, 0), Some(process));
        }
        let mut processes = vec![Process::default(); PROCESSES];
        let mut now = 0;
        let mut exact = true;
        for step in steps {
            match step {
                Step::Lease { process, asked, own_callers, stalled } => {
                    let mut set = SlotSet::default();
                    if let Some(index) = stalled {
                        set.insert(index);
                    }
                    exact &= stalled.is_none();
                    let request = Request { asked, budget, own_callers, stalled: set, now };
                    let cores = slots.lease(process, request);
                    prop_assert_eq!(cores, expected(&processes, process, &request));
                    processes[process].leases.push(cores);
                }
                Step::GiveBack { process, which } => {
                    let leases = &mut processes[process].leases;
                    if !leases.is_empty() {
                        slots.give_back(process, leases.swap_remove(which % leases.len()));
                    }
                }
                Step::Publish { process, callers, ms } => {
                    slots.publish(process, callers, now + ms);
                    processes[process].recent = (callers.min(0xffff), now + ms);
                }
                Step::Wait { ms } => now += ms,
                Step::Kill { process } => {
                    prop_assert!(slots.reap(process, owner(process), owner(99)));
                    prop_assert_eq!(slots.claim(owner(process), 1, now), Some(process));
                    processes[process] = Process::default();
                }
            }
            for (index, process) in processes.iter().enumerate() {
                prop_assert_eq!(slots.own(index), (process.callers(), process.cores()));
                let reading = slots.read(index, now).unwrap();
                prop_assert_eq!(reading.recent.max(reading.callers), process.wants(now));
            }
            let more = || processes.iter().flat_map(|process| &process.leases).filter(|n| **n > 1);
            prop_assert!(!exact || more().sum::<u32>() <= budget);
        }
        for (index, process) in processes.iter().enumerate() {
            for cores in &process.leases {
                slots.give_back(index, *cores);
            }
            prop_assert_eq!(slots.own(index), (0, 0));
        }
    }

    #[test]
    fn nothing_wraps_whatever_is_given_back(
        leased in vec(1..9_u32, 0..5),
        given in vec(any::<u32>(), 0..10),
    ) {
        let counters = Counters::default();
        let slots = [Slot::default(), Slot::default()];
        let slots = Slots { counters: &counters, slots: &slots };
        let (mine, other) = (slots.claim(owner(1), 1, 0).unwrap(), slots.claim(owner(2), 1, 0));
        let request = |asked| {
            Request { asked, budget: 16, own_callers: 1, stalled: SlotSet::default(), now: 0 }
        };
        for asked in &leased {
            slots.lease(mine, request(*asked));
        }
        let (callers, cores) = slots.own(mine);
        for (count, cores_given) in given.iter().enumerate() {
            slots.give_back(mine, *cores_given);
            let left = callers.saturating_sub(u32::try_from(count).unwrap() + 1);
            prop_assert_eq!(slots.own(mine).0, left);
            prop_assert!(slots.own(mine).1 <= cores);
            prop_assert!(left > 0 || slots.own(mine).1 == 0);
        }
        if given.len() >= leased.len() {
            // Nobody is locked out by what was given back too often.
            prop_assert_eq!(slots.lease(other.unwrap(), request(16)), 16);
        }
    }

    #[test]
    fn no_word_of_another_process_makes_a_lease_panic(
        callers in prop_oneof![Just(u32::MAX), any::<u32>()],
        asked in any::<u32>(),
        budget in any::<u32>(),
        own_callers in any::<u32>(),
        now in any::<u64>(),
    ) {
        let counters = Counters::default();
        let slots: Vec<Slot> = (0..3).map(|_| Slot::default()).collect();
        let slots = Slots { counters: &counters, slots: &slots };
        let mine = slots.claim(owner(1), 1, 0).unwrap();
        for index in 2..4 {
            let other = slots.claim(owner(index), 1, 0).unwrap();
            slots.publish(other, callers, u64::MAX);
        }
        let stalled = SlotSet::default();
        let cores = slots.lease(mine, Request { asked, budget, own_callers, stalled, now });
        prop_assert!(cores >= 1 && cores <= asked.max(1));
        slots.give_back(mine, cores);
        prop_assert_eq!(slots.own(mine), (0, 0));
    }
}
