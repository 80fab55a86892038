//! Every Python on the machine: libpython or static, old and new.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use corewise_model::Tid;
use corewise_probe::processes::Implementation;
use corewise_probe::{Modules, Owner, processes};

use crate::program::{Program, script, settled_owner};

/// Interpreters on the PATH, in /usr/bin and under pyenv, that start at all.
fn interpreters() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    folders.push(PathBuf::from("/usr/bin"));
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    let versions = std::fs::read_dir(home.join(".pyenv/versions")).into_iter().flatten().flatten();
    folders.extend(versions.map(|version| version.path().join("bin")));
    let minors = (7..=15).map(|minor| format!("python3.{minor}"));
    let names: Vec<String> =
        ["python3".to_owned(), "pypy3".to_owned()].into_iter().chain(minors).collect();
    let programs =
        folders.iter().flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    let files: BTreeSet<PathBuf> = programs.filter_map(|p| real(&p)).collect();
    files.into_iter().collect()
}

/// The file behind links, unless it is a script (a pyenv shim) or does not start.
fn real(program: &Path) -> Option<PathBuf> {
    let file = program.canonicalize().ok()?;
    let starts = Command::new(&file).args(["-c", ""]).output().is_ok_and(|o| o.status.success());
    let is_elf = std::fs::read(&file).is_ok_and(|bytes| bytes.starts_with(b"\x7fELF"));
    (is_elf && starts).then_some(file)
}

#[test]
fn threads_that_python_started_are_known_on_each_of_them() {
    let interpreters = interpreters();
    assert!(!interpreters.is_empty(), "there is no Python to test with");
    for python in interpreters {
        let program = Program::start(script(&python, "threads.py", &[]));
        let modules = Modules::read(program.pid()).unwrap();
        let image = modules.python().unwrap_or_else(|| panic!("no Python seen in {python:?}"));
        let version = image.version.get().unwrap();
        // PyPy's version is in its name only.
        if version.matches('.').count() == 2 {
            assert_eq!(*version, program.said, "{python:?}");
        } else {
            assert_eq!(image.implementation, Implementation::PyPy, "{python:?}: {version}");
            assert!(program.said.starts_with(&format!("{version}.")), "{python:?}: {version}");
        }
        let pypy = python.to_string_lossy().contains("pypy");
        assert_eq!(image.implementation == Implementation::PyPy, pypy, "{python:?}");
        // CPython has had `_PyRuntime` since 3.7.
        let has_runtime = !pypy && !program.said.starts_with("3.6.");
        assert_eq!(image.runtime.is_some(), has_runtime, "{python:?}");
        let threads = processes::threads(program.pid()).unwrap();
        let owners: Vec<Owner> = threads.iter().map(|tid| settled_owner(*tid, &modules)).collect();
        assert_eq!(owners[0], Owner::Main, "{python:?}");
        assert_eq!(owners[1..], [Owner::Python, Owner::Python, Owner::Python], "{python:?}");
        let nobody = Tid(u32::MAX);
        assert!(matches!(corewise_probe::owner(program.pid(), nobody, &modules), Owner::NotYet(_)));
    }
}

#[test]
fn a_library_that_is_loaded_later_is_noticed() {
    let python = interpreters().into_iter().next().unwrap();
    let mut command = Command::new(python);
    command.args(["-c", "import sys, time\nprint('ready', flush=True)\nsys.stdin.readline()\nimport _ctypes, _json\nprint('ready', flush=True)\nsys.stdin.read()"]);
    let mut program = Program::start(command);
    let before = Modules::read(program.pid()).unwrap();
    assert!(!before.changed());
    program.next_line();
    assert!(before.changed());
    assert!(!Modules::read(program.pid()).unwrap().changed());
    let pid = program.pid();
    let after = Modules::read(pid).unwrap();
    drop(program);
    assert!(after.changed());
    assert!(matches!(Modules::read(pid), Err(corewise_probe::ProbeError::NoSuchProcess(_))));
}
