//! Files whose name lies, or is gone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use corewise_model::Runtime;
use corewise_probe::Modules;

use crate::program::{Program, scientific_python};

/// A program that loads this library and then does something with it.
fn loading(python: &Path, library: &Path, then: &str) -> Program {
    let code = format!(
        "import ctypes, os, sys\nlibrary = {library:?}\nctypes.CDLL(library)\n{then}\n\
         print('ready', flush=True)\nsys.stdin.read()"
    );
    let mut command = Command::new(python);
    command.arg("-c").arg(code);
    Program::start(command)
}

/// The libgomp that scikit-learn's wheel brings.
fn vendored(python: &Path) -> PathBuf {
    let site = "import sklearn, os; print(os.path.dirname(os.path.dirname(sklearn.__file__)))";
    let output = Command::new(python).args(["-c", site]).output().unwrap();
    let site = PathBuf::from(String::from_utf8(output.stdout).unwrap().trim());
    let libraries =
        fs::read_dir(site.join("scikit_learn.libs")).unwrap().map(|e| e.unwrap().path());
    let is_gomp = |p: &PathBuf| p.file_name().unwrap().to_string_lossy().starts_with("libgomp");
    libraries.into_iter().find(is_gomp).unwrap()
}

#[test]
fn a_runtime_under_another_name_and_one_whose_file_is_gone() {
    let Some(python) = scientific_python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("libblas\n.so.3");
    fs::copy(vendored(&python), &copy).unwrap();
    let program = loading(&python, &copy, "os.unlink(library)");
    let modules = Modules::read(program.pid()).unwrap();
    let module = modules.list().iter().find(|m| m.path == copy.to_str().unwrap()).unwrap();
    assert_eq!((module.runtime, module.deleted), (Some(Runtime::Libgomp), true));
}

#[test]
fn two_copies_of_one_runtime_are_two_modules() {
    let Some(python) = scientific_python() else { return };
    let folder = tempfile::tempdir().unwrap();
    let original = vendored(&python);
    let copy = folder.path().join("libgomp-copy.so.1");
    fs::copy(&original, &copy).unwrap();
    let program = loading(&python, &copy, &format!("ctypes.CDLL({original:?})"));
    let modules = Modules::read(program.pid()).unwrap();
    let gomp = modules.list().iter().filter(|module| module.runtime == Some(Runtime::Libgomp));
    assert_eq!(gomp.count(), 2);
}
