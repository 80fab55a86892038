//! Programs that are looked at.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use corewise_model::{Pid, Tid};
use corewise_probe::{Modules, Owner, owner};

/// A program that runs until it is dropped. It says `ready` and perhaps more in one line.
pub(crate) struct Program {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// What it said behind `ready`.
    pub(crate) said: String,
}

impl Program {
    pub(crate) fn start(mut command: Command) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut program = Self { child, lines: output.lines(), said: String::new() };
        program.wait();
        program
    }

    /// Sends it an empty line, and waits until it says `ready` again.
    pub(crate) fn next_line(&mut self) {
        let input = self.child.stdin.as_mut().unwrap();
        input.write_all(b"\n").unwrap();
        input.flush().unwrap();
        self.wait();
    }

    fn wait(&mut self) {
        let mut lines = self.lines.by_ref().map(Result::unwrap);
        let said = lines.find_map(|line| Some(line.strip_prefix("ready")?.trim().to_owned()));
        self.said = said.expect("the program ended before it was ready");
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid(self.child.id())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The interpreter with NumPy and the others, if the caller named it. Says so where it did not.
pub(crate) fn scientific_python() -> Option<PathBuf> {
    let python = std::env::var_os("COREWISE_TEST_PYTHON").map(PathBuf::from);
    if python.is_none() {
        eprintln!(
            "SKIPPED: COREWISE_TEST_PYTHON names no interpreter with NumPy (`make test` does)"
        );
    }
    python
}

pub(crate) fn script(python: &Path, name: &str, arguments: &[&str]) -> Command {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pools").join(name);
    let mut command = Command::new(python);
    command.arg(path).args(arguments);
    command
}

/// The owner of a thread that may be on a core when it is looked at.
pub(crate) fn settled_owner(tid: Tid, modules: &Modules) -> Owner {
    let mut last = Owner::NotYet("never asked".to_owned());
    for _ in 0..10_000 {
        last = owner(modules.pid(), tid, modules);
        if !matches!(last, Owner::NotYet(_)) {
            break;
        }
        std::thread::yield_now();
    }
    last
}
