//! Every value and every state, against NumPy itself.
//!
//! `cases.py` has NumPy draw with parameters, sizes and states at random, a few thousand times; what it
//! tells is then drawn here. Bits are compared, of the values and of the state after them.

#![expect(clippy::unwrap_used, reason = "allow-unwrap-in-tests does not reach what tests call")]

mod draw;
mod generator;
mod legacy;
mod seeding;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use generator::{AnyGenerator, words};

/// The interpreter with NumPy. Says past the test harness's capture that there is none.
fn python(test: &str) -> Option<PathBuf> {
    let python = std::env::var_os("COREWISE_TEST_PYTHON").unwrap_or_else(|| "python3".into());
    let check = Command::new(&python).args(["-c", "import numpy"]).output();
    if check.is_ok_and(|output| output.status.success()) {
        return Some(python.into());
    }
    let _ = writeln!(
        std::io::stderr(),
        "SKIPPED numpy::{test}: {} has no NumPy; name one in COREWISE_TEST_PYTHON",
        python.display()
    );
    None
}

fn run(python: &Path, script: &str, arguments: &[&str]) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
    let output = Command::new(python).arg(script).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The lines of a script that takes a seed and a number of rounds.
fn cases(python: &Path, script: &str) -> String {
    // Any seed will do; COREWISE_TEST_SEED and COREWISE_TEST_ROUNDS try others, and longer.
    let seed = std::env::var("COREWISE_TEST_SEED").unwrap_or_else(|_| "1".to_owned());
    let rounds = std::env::var("COREWISE_TEST_ROUNDS").unwrap_or_else(|_| "20".to_owned());
    let cases = run(python, script, &[&seed, &rounds]);
    assert!(cases.lines().count() > 20);
    cases
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap();
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[test]
fn values_and_states_are_numpys() {
    let Some(python) = python("values_and_states_are_numpys") else { return };
    check(&cases(&python, "tests/numpy/cases.py"));
}

/// So would a wrong table be found, which a stream at random meets too rarely.
#[test]
fn the_ziggurats_layers_end_where_numpys_do() {
    let Some(python) = python("the_ziggurats_layers_end_where_numpys_do") else { return };
    check(&cases(&python, "tests/numpy/edges.py"));
}

fn check(cases: &str) {
    // The first case of each distribution in which they differ.
    let mut wrong = BTreeMap::new();
    for case in cases.lines() {
        let fields: Vec<&str> = case.split('\t').collect();
        let [name, parameters, size, kind, before, values, after] = fields[..] else {
            panic!("{case}")
        };
        let size = usize::from_str_radix(size, 16).unwrap();
        let what = format!("{name}({parameters}), {size} values, {kind} at {before}");
        let mut generator = AnyGenerator::from_state(kind, &words(before));
        let ours = generator.draw(name, parameters, size);
        let ours = hex(&ours);
        if ours != values || generator.state() != words(after) {
            wrong.entry(name).or_insert(format!("{what}:\n ours  {ours}\n NumPy {values}"));
        }
    }
    let reports: Vec<String> = wrong.into_values().collect();
    assert!(reports.is_empty(), "{}", reports.join("\n"));
}

#[test]
fn the_ziggurats_tables_are_what_their_script_writes() {
    let Some(python) = python("the_ziggurats_tables_are_what_their_script_writes") else { return };
    let tables = include_str!("../../src/ziggurat/tables.rs");
    assert!(run(&python, "tools/tables.py", &[]) == tables);
}
