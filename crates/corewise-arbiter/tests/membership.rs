//! Who has a slot, one step after the other. `tests/loom` has what happens at once.

#![cfg(not(loom))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::process;

use corewise_arbiter::{Counters, Others, Owner, Request, Slot, SlotSet, Slots};

fn four() -> Request {
    Request { asked: 4, budget: 4, own_callers: 1, stalled: SlotSet::default(), now: 0 }
}

fn owner(number: u64) -> Owner {
    Owner::new(process::id(), number).unwrap()
}

fn with_two_slots(test: impl Fn(Slots<'_>)) {
    let slots = [Slot::default(), Slot::default()];
    test(Slots { counters: &Counters::default(), slots: &slots });
}

#[test]
fn a_lease_that_was_under_way_when_its_slot_was_given_up_burdens_nobody() {
    with_two_slots(|slots| {
        let late = slots.claim(owner(1), 1, 0).unwrap();
        let other = slots.claim(owner(2), 1, 0).unwrap();
        slots.release(late);
        // The thread that had looked up the slot before.
        slots.lease(late, four());
        assert_eq!(slots.others(other, &SlotSet::default(), 0), Others::default());
        assert_eq!(slots.claim(owner(3), 1, 0), Some(late));
        assert_eq!(slots.own(late), (0, 0));
    });
}

#[test]
fn a_process_releases_no_slot_but_its_own() {
    with_two_slots(|slots| {
        // Whose parent, or successor, has the slot.
        let parent = Owner::new(process::id() + 1, 1).unwrap();
        let slot = slots.claim(parent, 1, 0).unwrap();
        slots.lease(slot, four());
        slots.release(slot);
        assert!(slots.is_mine(slot, parent));
        assert_eq!(slots.own(slot), (1, 4));
    });
}

#[test]
fn what_was_leased_without_a_slot_takes_nothing_when_it_comes_back() {
    with_two_slots(|slots| {
        assert_eq!(slots.lease(usize::MAX, four()), 1);
        // Meanwhile there was room in the table.
        let (mine, other) = (slots.claim(owner(1), 1, 0).unwrap(), slots.claim(owner(2), 1, 0));
        slots.give_back(mine, 1);
        assert_eq!(slots.own(mine), (0, 0));
        assert_eq!(slots.lease(other.unwrap(), four()), 4);
    });
}

#[test]
fn a_free_slot_says_nothing() {
    with_two_slots(|slots| {
        let slot = slots.claim(owner(1), 7, 9).unwrap();
        slots.publish(slot, 3, 100);
        slots.record(slot, 4, 2);
        let reading = slots.read(slot, 100).unwrap();
        assert_eq!((reading.namespace, reading.beat, reading.recent), (7, 9, 3));
        assert_eq!((reading.regions, reading.withheld), (1, 2));
        assert!(slots.reap(slot, owner(1), owner(2)));
        assert!(!slots.reap(slot, owner(1), owner(2)));
        assert_eq!((slots.read(slot, 0), slots.reaper(slot)), (None, None));
        assert_eq!(slots.claim(owner(3), 0, 0), Some(slot));
        let reading = slots.read(slot, 100).unwrap();
        assert_eq!((reading.namespace, reading.recent, reading.regions), (0, 0, 0));
    });
}
