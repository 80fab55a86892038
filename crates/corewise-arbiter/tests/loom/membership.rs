//! Who has a slot, and what is left of who had it before.

use corewise_arbiter::{Request, Slot, SlotSet};

use crate::{BUDGET, Table, at_once, check, process};

/// Claims and releases the only slot, if it is free, and asserts to be alone in it.
fn have(table: &Table, number: u64) {
    if let Some(slot) = table.slots().claim(process(number), number, 0) {
        // As in `Holding`, where two who held the whole budget would be noticed.
        table.holding.change(|holding| holding + BUDGET);
        assert!(table.slots().is_mine(slot, process(number)));
        table.holding.change(|holding| holding - BUDGET);
        table.slots().release(slot);
    }
}

#[test]
fn a_slot_is_never_owned_by_two() {
    check(3, || {
        let table = Table::new(1);
        at_once(
            &table,
            vec![|table| have(table, 1), |table| have(table, 2), |table| have(table, 3)],
        );
        assert!(table.slots().claim(process(4), 4, 0).is_some());
    });
}

/// Claims the only slot, if it is free by now, and finds nothing of the dead in it.
fn come_after(table: &Table) {
    if let Some(slot) = table.slots().claim(process(9), 9, 0) {
        assert_eq!(table.slots().own(slot), (0, 0));
        let cores = table.lease(slot, BUDGET);
        assert_eq!(cores, BUDGET);
        assert_eq!(table.slots().own(slot), (1, BUDGET));
        assert!(table.slots().is_mine(slot, process(9)));
        table.give_back(slot, cores);
        table.slots().release(slot);
    }
}

/// Notes a success where there may be one only.
fn only(table: &Table, success: bool) {
    if success {
        table.holding.change(|holding| holding + BUDGET);
    }
}

#[test]
fn the_slot_of_a_dead_process_is_freed_once() {
    fn reap(table: &Table, me: u64) {
        only(table, table.slots().reap(0, process(7), process(me)));
    }
    check(3, || {
        let table = Table::with(vec![Slot::abandoned(process(7), 3, false)]);
        at_once(&table, vec![|table| reap(table, 1), |table| reap(table, 2)]);
        assert_eq!(*table.holding.0.lock().unwrap(), BUDGET);
        table.assert_nothing_is_held();
    });
    check(2, || {
        let table = Table::with(vec![Slot::abandoned(process(7), 3, false)]);
        at_once(
            &table,
            vec![
                |table| _ = table.slots().reap(0, process(7), process(1)),
                |table| _ = table.slots().reap(0, process(7), process(2)),
                come_after,
            ],
        );
        table.assert_nothing_is_held();
        assert_eq!(table.claim(3), 0);
    });
}

#[test]
fn what_a_dead_reaper_began_is_finished_once() {
    fn take_over(table: &Table, me: u64) {
        only(table, table.slots().take_over(0, process(7), process(me)));
    }
    check(3, || {
        let table = Table::with(vec![Slot::abandoned(process(7), 3, true)]);
        assert_eq!(table.slots().reaper(0), Some(process(7)));
        at_once(&table, vec![|table| take_over(table, 1), |table| take_over(table, 2)]);
        assert_eq!(*table.holding.0.lock().unwrap(), BUDGET);
        table.assert_nothing_is_held();
    });
    check(2, || {
        let table = Table::with(vec![Slot::abandoned(process(7), 3, true)]);
        at_once(
            &table,
            vec![
                |table| _ = table.slots().take_over(0, process(7), process(1)),
                |table| {
                    let slots = table.slots();
                    assert!(!slots.reap(0, process(7), process(2)), "it resets, and owns nothing");
                    let _ = slots.take_over(0, process(7), process(2));
                },
                come_after,
            ],
        );
        table.assert_nothing_is_held();
        assert_eq!(table.claim(3), 0);
    });
}

#[test]
fn a_reaper_taken_for_dead_frees_nothing_of_another() {
    check(3, || {
        let table = Table::with(vec![Slot::abandoned(process(7), 3, false)]);
        at_once(
            &table,
            vec![
                |table| only(table, table.slots().reap(0, process(7), process(1))),
                |table| only(table, table.slots().take_over(0, process(1), process(2))),
                |table| {
                    if table.slots().claim(process(3), 3, 0).is_some() {
                        assert!(table.slots().is_mine(0, process(3)));
                    }
                },
            ],
        );
        assert_eq!(*table.holding.0.lock().unwrap(), BUDGET);
    });
}

#[test]
fn what_is_read_of_a_slot_is_of_one_owner() {
    check(3, || {
        let table = Table::new(1);
        let _ = table.claim(1);
        at_once(
            &table,
            vec![
                |table| {
                    table.slots().release(0);
                    let slot = table.claim(2);
                    table.lease(slot, 2);
                },
                |table| {
                    if let Some(reading) = table.slots().read(0, 0) {
                        assert_eq!(reading.owner.start(), reading.namespace);
                        assert!(reading.namespace == 2 || reading.callers == 0);
                    }
                },
            ],
        );
    });
}

#[test]
fn a_load_does_not_wrap_where_a_process_was_taken_for_dead() {
    check(3, || {
        let table = Table::new(1);
        let _ = table.claim(1);
        table.slots().lease(
            0,
            Request {
                asked: 3,
                budget: BUDGET,
                own_callers: 1,
                stalled: SlotSet::default(),
                now: 0,
            },
        );
        at_once(
            &table,
            vec![|table| table.slots().give_back(0, 3), |table| {
                assert!(table.slots().reap(0, process(1), process(2)));
                let _ = table.claim(2);
                let _ = table.lease(0, 2);
            }],
        );
        let (callers, cores) = table.slots().own(0);
        assert!(callers <= 1 && cores <= 2, "{callers} callers, {cores} cores");
    });
}

#[test]
fn whoever_has_a_slot_is_looked_at_and_has_a_namespace() {
    check(None, || {
        let table = Table::new(1);
        at_once(
            &table,
            vec![|table| _ = table.claim(1), |table| {
                let slots = table.slots();
                if let Some(reading) = slots.read(0, 0) {
                    assert_eq!((reading.namespace, slots.high()), (1, 1));
                } else if slots.reaper(0).is_some() {
                    assert_eq!(slots.high(), 1);
                }
            }],
        );
    });
}
