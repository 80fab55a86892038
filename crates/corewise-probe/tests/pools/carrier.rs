//! Threads that the C++ library starts for another.

use std::path::Path;
use std::process::Command;

use corewise_probe::{Modules, Owner, processes};

use crate::program::{Program, settled_owner};

#[test]
fn a_cpp_thread_belongs_to_the_library_that_started_it() {
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("libowner.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pools/carrier.cpp");
    let mut compiler = Command::new("c++");
    compiler.args(["-O1", "-fPIC", "-shared", "-pthread", "-o"]).arg(&library).arg(source);
    let Ok(status) = compiler.status() else {
        eprintln!("SKIPPED: there is no C++ compiler");
        return;
    };
    assert!(status.success());
    let code = format!(
        "import ctypes, sys\nctypes.CDLL({library:?}).start_two()\nprint('ready', flush=True)\nsys.stdin.read()"
    );
    let mut command = Command::new("python3");
    command.arg("-c").arg(code);
    let program = Program::start(command);
    let modules = Modules::read(program.pid()).unwrap();
    let threads = processes::threads(program.pid()).unwrap();
    assert_eq!(threads.len(), 3);
    for tid in threads.into_iter().filter(|tid| tid.0 != program.pid().0) {
        let expected = Owner::Native(library.to_str().unwrap().to_owned());
        assert_eq!(settled_owner(tid, &modules), expected);
    }
}
