//! What the processes do that the tests start.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio, exit};
use std::time::{Duration, Instant};
use std::{env, hint, io, thread};

use corewise_arbiter::{Table, open, pid_namespace, this_process};

use crate::ledger::Ledger;
use crate::look::{Looker, TICK};
use crate::{BUDGET, Random};

const ROLE: &str = "COREWISE_TEST_ROLE";

/// A process in a role on the session at `path`.
pub(crate) fn start(role: &str, path: &Path, words: &[&str]) -> Child {
    start_by(Command::new(env::current_exe().unwrap()), role, path, words)
}

/// As `start`, by a command that starts what is named behind it.
pub(crate) fn start_by(mut command: Command, role: &str, path: &Path, words: &[&str]) -> Child {
    let words = [&[role, path.to_str().unwrap()], words].concat();
    command.args(["--exact", "roles::role", "--nocapture", "--quiet"]);
    command.env(ROLE, words.join("\n")).stdin(Stdio::null()).stdout(Stdio::piped());
    command.spawn().unwrap()
}

/// Waits for the line `ready`; `false` where the process ends without it.
pub(crate) fn wait_until_ready(process: &mut Child) -> bool {
    let lines = BufReader::new(process.stdout.as_mut().unwrap()).lines();
    lines.map_while(Result::ok).any(|line| line == "ready")
}

#[test]
fn role() {
    let Ok(words) = env::var(ROLE) else { return };
    let words: Vec<_> = words.lines().collect();
    let table = open(Path::new(words[1])).unwrap();
    match words[0] {
        "lease" => lease(&table, &Ledger::open(Path::new(words[2])), words[3].parse().unwrap()),
        "hold" => hold(&table),
        "come-late" => come_late(&table),
        "know-thyself" => assert_eq!(this_process(), None),
        role => panic!("no role {role}"),
    }
    exit(0);
}

/// Leases and gives back until it is told to stop, and ends with 1 where something is wrong.
fn lease(table: &Table, ledger: &Ledger, number: usize) {
    let (slots, me) = (table.slots(), this_process().unwrap());
    let mut random = Random(me.start() ^ u64::from(me.pid()) << 32);
    let mine = slots.claim(me, pid_namespace(), 0).unwrap();
    ledger.enter(number, me);
    let mut looker = Looker::new(mine);
    let mut last_look = Instant::now();
    while !ledger.is_stopped() {
        if last_look.elapsed() >= TICK {
            last_look = Instant::now();
            looker.look(slots);
        }
        let cores = looker.lease(slots);
        if cores > 1 {
            ledger.hold(number, cores);
            if ledger.exceeds(number, BUDGET) {
                exit(1);
            }
        }
        for _ in 0..random.below(10_000) {
            hint::spin_loop();
        }
        if cores > 1 {
            ledger.hold(number, 0);
        }
        slots.give_back(mine, cores);
        assert!(slots.is_mine(mine, me), "taken for dead");
        assert_eq!(slots.own(mine), (0, 0));
        // Not all of them are in a region all the time: then all would have one core.
        thread::sleep(Duration::from_micros(random.below(500)));
    }
    slots.release(mine);
}

/// Leases all cores and keeps them.
fn hold(table: &Table) {
    let (slots, me) = (table.slots(), this_process().unwrap());
    let mine = slots.claim(me, pid_namespace(), 0).unwrap();
    assert_eq!(Looker::new(mine).lease(slots), BUDGET);
    io::stdout().write_all(b"\nready\n").unwrap();
    loop {
        thread::park();
    }
}

/// Comes when the table is full, and does without.
fn come_late(table: &Table) {
    let slots = table.slots();
    assert_eq!(slots.claim(this_process().unwrap(), 0, 0), None);
    let looker = Looker::new(usize::MAX);
    assert_eq!(looker.lease(slots), 1);
    slots.give_back(usize::MAX, 1);
    slots.release(usize::MAX);
}
