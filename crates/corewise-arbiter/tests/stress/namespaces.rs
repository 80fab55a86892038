//! Processes in other PID namespaces, whose PIDs mean nothing here.

use std::env;
use std::process::Command;

use corewise_arbiter::{Liveness, Session, liveness, this_process};

use crate::look::Looker;
use crate::{SETTINGS, roles};

/// What runs a command in a new PID namespace; `None` where this user may not.
fn unshare(options: &[&str]) -> Option<Command> {
    let unshare = || {
        let mut unshare = Command::new("unshare");
        unshare.args(["--user", "--map-root-user", "--pid", "--fork", "--kill-child"]);
        unshare.args(options);
        unshare
    };
    let may = unshare().arg("true").output().is_ok_and(|output| output.status.success());
    if !may {
        return None;
    }
    let mut command = unshare();
    command.arg(env::current_exe().unwrap());
    Some(command)
}

#[test]
fn a_process_in_another_namespace_is_not_taken_for_dead() {
    let Some(command) = unshare(&["--mount-proc"]) else {
        println!("skipped: no `unshare` that may make a PID namespace");
        return;
    };
    let session = Session::begin(SETTINGS).unwrap();
    let slots = session.table().slots();
    let mut process = roles::start_by(command, "hold", session.path(), &[]);
    assert!(roles::wait_until_ready(&mut process));
    let reading = slots.read(0, 0).unwrap();
    assert_ne!(reading.namespace, corewise_arbiter::pid_namespace());
    assert_eq!(liveness(reading.owner), Liveness::Unknown);
    let mine = slots.claim(this_process().unwrap(), corewise_arbiter::pid_namespace(), 0).unwrap();
    let mut looker = Looker::new(mine);
    looker.look(slots);
    assert_eq!(slots.read(0, 0).map(|reading| reading.owner), Some(reading.owner));
    assert_eq!(looker.lease(slots), 1);
    process.kill().unwrap();
    process.wait().unwrap();
}

#[test]
fn a_process_does_not_know_itself_by_the_proc_of_another_namespace() {
    let Some(command) = unshare(&[]) else {
        println!("skipped: no `unshare` that may make a PID namespace");
        return;
    };
    let session = Session::begin(SETTINGS).unwrap();
    let process = roles::start_by(command, "know-thyself", session.path(), &[]);
    let output = process.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
}
