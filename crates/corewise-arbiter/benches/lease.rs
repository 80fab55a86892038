//! What a lease and its return cost, by how many other processes are in the table:
//! `cargo bench -p corewise-arbiter`.

use std::hint::black_box;
use std::io::{self, Write};
use std::time::Instant;

use corewise_arbiter::{Counters, Owner, Request, SLOTS, Slot, SlotSet, Slots};

const ROUNDS: u32 = 20_000;
const BUDGET: u32 = 1024;

/// The quickest of many repetitions, in ns: what disturbs only adds.
fn quickest(mut action: impl FnMut()) -> f64 {
    let repetition = |action: &mut dyn FnMut()| {
        let start = Instant::now();
        for _ in 0..ROUNDS {
            action();
        }
        start.elapsed().as_secs_f64() * 1e9 / f64::from(ROUNDS)
    };
    (0..50).map(|_| repetition(&mut action)).fold(f64::INFINITY, f64::min)
}

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{:>12}  {:>16}  {:>16}", "other slots", "several cores/ns", "one core/ns")?;
    for others in [0_u32, 1, 4, 16, 64] {
        let counters = Counters::default();
        let lines: Vec<Slot> = (0..SLOTS).map(|_| Slot::default()).collect();
        let slots = Slots { counters: &counters, slots: &lines };
        let request = |asked| Request {
            asked,
            budget: BUDGET,
            own_callers: 1,
            stalled: SlotSet::default(),
            now: 1,
        };
        let claim = |pid| Owner::new(pid, 1).and_then(|owner| slots.claim(owner, 1, 0));
        for pid in 0..others {
            if let Some(other) = claim(pid + 2) {
                slots.lease(other, request(2));
                slots.publish(other, 1, 1000);
            }
        }
        let Some(mine) = claim(1) else { continue };
        let cost = |asked| {
            quickest(|| {
                let cores = slots.lease(mine, black_box(request(asked)));
                slots.give_back(mine, black_box(cores));
            })
        };
        writeln!(out, "{others:>12}  {:>16.1}  {:>16.1}", cost(4), cost(1))?;
    }
    Ok(())
}
