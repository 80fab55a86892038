//! What the leases of several processes add up to.

use crate::{BUDGET, Table, at_once, check};

fn once(table: &Table, slot: usize) {
    let cores = table.lease(slot, BUDGET);
    // A step of the model, in which the others may find this one holding.
    assert!(table.slots().own(slot).1 >= cores);
    table.give_back(slot, cores);
}

#[test]
fn two_that_keep_what_they_got_stay_within_the_budget() {
    check(3, || {
        let table = Table::new(2);
        let _ = (table.claim(1), table.claim(2));
        at_once(
            &table,
            vec![|table| _ = table.lease(0, BUDGET), |table| _ = table.lease(1, BUDGET)],
        );
        let held: u32 = (0..2).map(|slot| table.slots().own(slot).1).sum();
        // What the table says is what the leases returned: at most one core each beyond.
        assert!(held <= BUDGET + 1, "{held}");
    });
}

#[test]
fn two_that_come_lease_and_go_stay_within_the_budget() {
    check(2, || {
        let table = Table::new(2);
        fn come(table: &Table, number: u64) {
            let slot = table.claim(number);
            once(table, slot);
            table.slots().release(slot);
        }
        at_once(&table, vec![|table| come(table, 1), |table| come(table, 2)]);
        table.assert_nothing_is_held();
    });
}

#[test]
fn two_that_lease_twice_stay_within_the_budget() {
    check(2, || {
        let table = Table::new(2);
        let _ = (table.claim(1), table.claim(2));
        at_once(
            &table,
            vec![|table| (0..2).for_each(|_| once(table, 0)), |table| {
                (0..2).for_each(|_| once(table, 1))
            }],
        );
        table.assert_nothing_is_held();
    });
}

#[test]
fn three_stay_within_the_budget() {
    check(2, || {
        let table = Table::new(3);
        let _ = (table.claim(1), table.claim(2), table.claim(3));
        at_once(
            &table,
            vec![|table| once(table, 0), |table| once(table, 1), |table| _ = table.lease(2, 3)],
        );
        table.give_back(2, table.slots().own(2).1);
        table.assert_nothing_is_held();
    });
}

#[test]
fn two_threads_of_one_process_and_another_stay_within_the_budget() {
    check(2, || {
        let table = Table::new(2);
        let _ = (table.claim(1), table.claim(2));
        at_once(
            &table,
            vec![|table| once(table, 0), |table| once(table, 0), |table| once(table, 1)],
        );
        table.assert_nothing_is_held();
    });
}
