//! Real processes on one session, some of them killed at any instant.
//!
//! The processes are this program again, in the test `role`, which [`roles`] describes.

#![cfg(not(loom))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod deaths;
mod ledger;
mod look;
mod namespaces;
mod roles;

use std::os::unix::process::ExitStatusExt;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use corewise_arbiter::{Owner, SLOTS, Session, Settings, SlotSet, this_process};
use ledger::{Ledger, PROCESSES};
use look::{Looker, TICK};

const BUDGET: u32 = 16;
const SETTINGS: Settings = Settings { budget: BUDGET, deterministic: false };
/// Processes that run at once.
const AT_ONCE: usize = 6;

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

#[test]
fn processes_that_are_killed_leave_nothing_behind() {
    let seed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros();
    let seed = u64::try_from(seed).unwrap();
    println!("seed {seed}");
    let mut random = Random(seed);
    let session = Session::begin(SETTINGS).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::create(&folder.path().join("ledger"));
    let mut number = 0;
    let mut begin = || {
        number += 1;
        roles::start("lease", session.path(), &[ledger.path(), &(number - 1).to_string()])
    };
    let mut running: Vec<Child> = (0..AT_ONCE).map(|_| begin()).collect();
    let mut zombies = Vec::new();
    let start = Instant::now();
    let mut killed = 0;
    while start.elapsed() < Duration::from_secs(2) && killed + AT_ONCE < PROCESSES {
        sleep(Duration::from_micros(random.below(40_000)));
        let index = usize::try_from(random.below(AT_ONCE as u64)).unwrap();
        let mut victim = std::mem::replace(&mut running[index], begin());
        victim.kill().unwrap();
        killed += 1;
        // Whether somebody waits for it makes a difference to those who look.
        if random.below(2) == 0 {
            assert_eq!(victim.wait().unwrap().signal(), Some(libc::SIGKILL));
        } else {
            zombies.push(victim);
        }
    }
    // No process is taken for dead that lives, and no budget is exceeded: they say so at their end.
    ledger.stop();
    for mut process in running {
        assert_eq!(process.wait().unwrap().code(), Some(0), "{}", ledger.complaints());
    }
    for mut zombie in zombies {
        assert_eq!(zombie.wait().unwrap().signal(), Some(libc::SIGKILL));
    }
    assert!(killed > 10, "{killed} were killed");
    println!("{killed} killed, {} leases of more than one core", ledger.leases());
    assert!(ledger.leases() > 100);
    let slots = session.table().slots();
    Looker::new(usize::MAX).look(slots);
    for index in 0..SLOTS {
        assert_eq!(slots.read(index, 0), None);
        assert_eq!(slots.reaper(index), None);
        assert_eq!(slots.own(index), (0, 0), "slot {index}");
    }
    let me = this_process().unwrap();
    assert!((0..SLOTS).all(|index| slots.claim(me, 0, 0) == Some(index)));
}

#[test]
fn the_cores_of_a_killed_process_are_back_within_100_ms() {
    let session = Session::begin(SETTINGS).unwrap();
    let slots = session.table().slots();
    let mine = slots.claim(this_process().unwrap(), corewise_arbiter::pid_namespace(), 0).unwrap();
    let mut looker = Looker::new(mine);
    let mut times = Vec::new();
    for round in 0..6 {
        let mut process = roles::start("hold", session.path(), &[]);
        roles::wait_until_ready(&mut process);
        assert_eq!(looker.lease(slots), 1);
        slots.give_back(mine, 1);
        process.kill().unwrap();
        deaths::wait_without_reaping(process.id());
        let death = Instant::now();
        // Whoever started it may wait for it at once, or later.
        if round % 2 == 0 {
            process.wait().unwrap();
        }
        let mut looks = 0;
        loop {
            looker.look(slots);
            looks += 1;
            let cores = looker.lease(slots);
            slots.give_back(mine, cores);
            if cores == BUDGET {
                break;
            }
            assert!(looks < 25, "still {cores} cores after 25 looks");
            sleep(TICK);
        }
        times.push(death.elapsed());
        process.wait().unwrap();
    }
    // One look may be late on a busy machine; not most of them.
    times.sort();
    println!("{times:?}");
    assert!(times[times.len() / 2] < Duration::from_millis(100), "{times:?}");
}

#[test]
fn a_full_table_is_one_core_each() {
    let session = Session::begin(SETTINGS).unwrap();
    let slots = session.table().slots();
    for index in 0..SLOTS {
        assert_eq!(slots.claim(deaths::nobody(index), 0, 0), Some(index));
    }
    let late = roles::start("come-late", session.path(), &[]).wait_with_output().unwrap();
    assert!(late.status.success(), "{late:?}");
    // Everybody in it is dead, and found to be so without a slot of one's own.
    Looker::new(usize::MAX).look(slots);
    assert_eq!(slots.claim(this_process().unwrap(), 0, 0), Some(0));
    assert!((1..SLOTS).all(|index| slots.read(index, 0).is_none()));
}

#[test]
fn a_recycled_pid_loses_the_slot_of_the_process_before() {
    let session = Session::begin(SETTINGS).unwrap();
    let slots = session.table().slots();
    let mut idle = std::process::Command::new("sleep").arg("100").spawn().unwrap();
    let namespace = corewise_arbiter::pid_namespace();
    let before = Owner::in_namespace(namespace, idle.id(), 1).unwrap();
    let slot = slots.claim(before, namespace, 0).unwrap();
    let request = corewise_arbiter::Request {
        asked: BUDGET,
        budget: BUDGET,
        own_callers: 1,
        stalled: SlotSet::default(),
        now: 0,
    };
    assert_eq!(slots.lease(slot, request), BUDGET);
    let mut looker = Looker::new(usize::MAX);
    // Asked about as soon as it makes no progress.
    let mut looks = 0;
    while slots.is_mine(slot, before) {
        looker.look(slots);
        looks += 1;
        assert!(looks < 1000, "not found out");
        sleep(TICK);
    }
    assert_eq!((slots.read(slot, 0), slots.own(slot)), (None, (0, 0)));
    idle.kill().unwrap();
    idle.wait().unwrap();
}
