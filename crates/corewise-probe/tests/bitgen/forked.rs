//! Bit generators found in real forked NumPy processes, held against what the processes did.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use corewise_model::Pid;
use corewise_probe::bitgen::{Change, change, fingerprint, read_again, scan};

/// Makes one generator of each kind, says where their states lie, then forks one child for each
/// line that it reads. A child does what the line says and says that it has. All end with stdin.
const PROGRAM: &str = r#"
import os, sys, threading
import numpy as np

generators = {
    name: np.random.Generator(getattr(np.random, name)(5))
    for name in ("MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64")
}
bits = {name: generator.bit_generator for name, generator in generators.items()}
for name, bit_generator in [*bits.items(), ("global", np.random.mtrand._rand._bit_generator)]:
    print(name, bit_generator.ctypes.state_address, flush=True)
print("ready", flush=True)

def reseed():
    np.random.seed(7)
    np.random.random(10)
    for name, bit_generator in bits.items():
        bit_generator.state = getattr(np.random, name)().state
        generators[name].random(10)

def advance():
    for name in ("PCG64", "PCG64DXSM", "Philox"):
        bits[name].advance(2 ** 64)
        generators[name].random(10)

# Few enough draws to be followed however slow the reader is.
def draw_on():
    for _ in range(20_000):
        for generator in generators.values():
            generator.random(1000)

ready, wait = os.pipe()
for line in sys.stdin:
    if os.fork() == 0:
        exec(line)
        print(os.getpid(), flush=True)
        os.close(wait)
        os.read(ready, 1)
        os._exit(0)
"#;

struct Program {
    process: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
    /// Where the states lie, by the name that the program gave.
    addresses: BTreeMap<String, u64>,
}

impl Program {
    /// Starts it, or says past the test harness's capture why there is none.
    fn start(test: &str) -> Option<Self> {
        let python = std::env::var("COREWISE_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned());
        let check = Command::new(&python).args(["-c", "import numpy"]).output();
        if !check.as_ref().is_ok_and(|output| output.status.success()) {
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED bitgen::{test}: {python} has no NumPy; name one in COREWISE_TEST_PYTHON"
            );
            return None;
        }
        let mut process = Command::new(&python)
            .args(["-c", PROGRAM])
            .env("OPENBLAS_NUM_THREADS", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut addresses = BTreeMap::new();
        loop {
            let line = lines.next().unwrap().unwrap();
            match line.split_once(' ') {
                Some((name, address)) => {
                    addresses.insert(name.to_owned(), address.parse().unwrap());
                }
                None => break,
            }
        }
        Some(Self { process, lines, addresses })
    }

    fn pid(&self) -> Pid {
        Pid(self.process.id())
    }

    /// Forks a child that does this, and waits until it has.
    fn child(&mut self, action: &str) -> Pid {
        writeln!(self.process.stdin.as_mut().unwrap(), "{action}").unwrap();
        Pid(self.lines.next().unwrap().unwrap().parse().unwrap())
    }

    /// What happened to each generator between the parent and this child.
    fn changes(&self, child: Pid) -> BTreeMap<String, Change> {
        let before = scan(self.pid()).unwrap();
        let after = scan(child).unwrap();
        assert_eq!((before.left_out, after.left_out), (0, 0));
        let state = |scan: &corewise_probe::bitgen::Scan, address: u64| {
            let found = scan.generators.iter().find(|generator| generator.address == address);
            found.unwrap_or_else(|| panic!("none at {address:x}: {scan:?}")).state.clone()
        };
        self.addresses
            .iter()
            .map(|(name, address)| {
                (name.clone(), change(&state(&before, *address), &state(&after, *address)))
            })
            .collect()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // The children wait for the parent's end of a pipe to close.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn all(names: &[&str], change: Change) -> BTreeMap<String, Change> {
    names.iter().map(|name| ((*name).to_owned(), change)).collect()
}

const EVERY: [&str; 6] = ["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64", "global"];

#[test]
fn every_kind_is_found_by_its_name_and_address() {
    let Some(program) = Program::start("every_kind_is_found_by_its_name_and_address") else {
        return;
    };
    let found = scan(program.pid()).unwrap();
    for (name, address) in &program.addresses {
        let here: Vec<_> = found.generators.iter().filter(|g| g.address == *address).collect();
        assert_eq!(here.len(), 1, "{name}: {found:?}");
        let expected = if name == "global" { "MT19937" } else { name };
        assert_eq!(here[0].name, expected);
    }
    assert!(found.read > 0);
}

#[test]
fn drawing_reseeding_advancing_and_idling_are_told_apart() {
    let name = "drawing_reseeding_advancing_and_idling_are_told_apart";
    let Some(mut program) = Program::start(name) else { return };

    let idle = program.child("pass");
    assert_eq!(program.changes(idle), all(&EVERY, Change::Untouched));

    let little = program.child("np.random.random(3); [g.random(3) for g in generators.values()]");
    assert_eq!(program.changes(little), all(&EVERY, Change::Drawn));

    let much = "np.random.normal(size=10**6); [g.random(10**6) for g in generators.values()]";
    let much = program.child(much);
    assert_eq!(program.changes(much), all(&EVERY, Change::Drawn));

    let global = program.child("np.random.shuffle(np.arange(100))");
    let changes = program.changes(global);
    assert_eq!(changes["global"], Change::Drawn);
    assert_eq!(changes.values().filter(|change| **change == Change::Drawn).count(), 1);

    let reseeded = program.child("reseed()");
    assert_eq!(program.changes(reseeded), all(&EVERY, Change::Replaced));

    let advanced = program.child("advance()");
    let advanced = program.changes(advanced);
    for name in ["PCG64", "PCG64DXSM", "Philox"] {
        assert_eq!(advanced[name], Change::Replaced, "{name}");
    }
    assert_eq!(advanced["SFC64"], Change::Untouched);
}

#[test]
fn a_generator_is_read_again_until_it_is_gone() {
    let Some(mut program) = Program::start("a_generator_is_read_again_until_it_is_gone") else {
        return;
    };
    let child = program.child("pass");
    let address = program.addresses["PCG64"];
    let find = |pid| {
        let found = scan(pid).unwrap().generators;
        found.into_iter().find(|generator| generator.address == address).unwrap()
    };
    let (parents, childs) = (find(program.pid()), find(child));
    let again = read_again(child, &childs).unwrap().unwrap();
    assert_eq!(again, parents.state);
    assert_eq!(fingerprint(&again), fingerprint(&parents.state));

    let mut elsewhere = parents.clone();
    elsewhere.address += 8;
    assert_eq!(read_again(program.pid(), &elsewhere).unwrap(), None);
    let pid = program.pid();
    drop(program);
    assert!(read_again(pid, &parents).is_err());
    assert!(scan(pid).is_err());
}

#[test]
fn a_process_may_go_on_drawing_while_it_is_read() {
    let name = "a_process_may_go_on_drawing_while_it_is_read";
    let Some(mut program) = Program::start(name) else { return };
    let before = scan(program.pid()).unwrap().generators;
    let busy = program.child("threading.Thread(target=draw_on, daemon=True).start()");
    let mine = |address: u64| program.addresses.iter().any(|(n, a)| n != "global" && *a == address);
    let before: Vec<_> = before.into_iter().filter(|found| mine(found.address)).collect();
    assert_eq!(before.len(), 5);
    let mut read = 0;
    for _ in 0..20 {
        for generator in &before {
            // None: the bytes were torn at each try, which says that another look is needed.
            let Some(state) = read_again(busy, generator).unwrap() else { continue };
            read += 1;
            let change = change(&generator.state, &state);
            assert_ne!(change, Change::Replaced, "{generator:?} {state:?}");
        }
    }
    assert!(read > 50, "{read} of 100 readings");
}

#[test]
fn a_process_without_numpy_has_none() {
    let found = scan(Pid(std::process::id())).unwrap();
    assert_eq!((found.generators.len(), found.read), (0, 0));
    assert!(scan(Pid(4_194_305)).is_err());
}
