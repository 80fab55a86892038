//! The Python interpreter in a process.

use std::ops::Range;

use corewise_model::{Known, Pid};

use super::Module;
use crate::elf::Memory;
use crate::remote::Remote;
use crate::runtimes;

/// Which Python it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Implementation {
    /// CPython and what is built from its sources.
    CPython,
    /// PyPy.
    PyPy,
}

impl std::fmt::Display for Implementation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::CPython => "CPython",
            Self::PyPy => "PyPy",
        })
    }
}

/// The file that the interpreter's own code lies in: libpython, or an executable that contains it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonImage {
    /// Its place in the list of modules.
    pub module: usize,
    /// Its path.
    pub path: String,
    /// Which Python it is.
    pub implementation: Implementation,
    /// The version: `3.11.7`, or as much of it as can be known.
    pub version: Known<String>,
    /// The addresses of `_PyRuntime`, CPython's state of the whole process (3.7 and later). The
    /// main interpreter's GIL lies in it.
    pub runtime: Option<Range<u64>>,
}

impl PythonImage {
    /// The interpreter among these modules. An executable counts when it exports the interpreter's
    /// symbols, which every CPython does that can import extension modules.
    pub(super) fn find(pid: Pid, modules: &[Module], remote: Remote) -> Option<Self> {
        let executable = std::fs::read_link(format!("/proc/{pid}/exe")).ok();
        let executable = executable.as_deref().and_then(std::path::Path::to_str);
        let candidates = modules.iter().enumerate().filter(|(_, module)| {
            let name = module.name();
            name.starts_with("libpython")
                || name.starts_with("libpypy")
                || name.starts_with("pypy")
                || Some(module.path.as_str()) == executable
        });
        // A small executable in front of a library is not where the interpreter is.
        let mut candidates: Vec<(usize, &Module)> = candidates.collect();
        candidates.sort_by_key(|(_, module)| !module.name().starts_with("lib"));
        candidates.into_iter().find_map(|(index, module)| Self::of(index, module, remote))
    }

    fn of(index: usize, module: &Module, remote: Remote) -> Option<Self> {
        let symbol = |name| module.image.as_ref()?.symbol(&remote, name);
        let named = module.name().starts_with("libpython3.");
        let pypy = symbol("pypy_main_startup").or_else(|| symbol("rpython_startup_code"));
        let runtime = symbol("_PyRuntime");
        let implementation = match (pypy, runtime, named) {
            (Some(_), ..) => Implementation::PyPy,
            (None, Some(_), _) | (None, None, true) => Implementation::CPython,
            (None, None, false) if module.name().contains("pypy") => Implementation::PyPy,
            (None, None, false) => return None,
        };
        let version = match symbol("Py_Version").and_then(|at| remote.u64(at.address).ok()) {
            Some(hex) => Known::Known(version_of_hex(hex)),
            None => version_in(module, implementation, remote).map_or_else(
                || Known::unknown("this interpreter does not export its version"),
                Known::Known,
            ),
        };
        Some(Self {
            module: index,
            path: module.path.clone(),
            implementation,
            version,
            runtime: runtime
                .map(|symbol| symbol.address..symbol.address.saturating_add(symbol.size.max(8))),
        })
    }
}

/// The version that is in a file's name; of CPython before 3.11 the whole of it, which stands in
/// its data as a string of its own (`PY_VERSION`).
fn version_in(module: &Module, implementation: Implementation, remote: Remote) -> Option<String> {
    let name = version_of_name(module.name());
    let minors = ["3.6", "3.7", "3.8", "3.9", "3.10"].into_iter();
    // An executable may be called `python` alone.
    let mut likely = minors.filter(|minor| name.as_deref().is_none_or(|name| name == *minor));
    let text = match implementation {
        Implementation::CPython => {
            likely.find_map(|minor| runtimes::string_of(module, remote, minor))
        }
        Implementation::PyPy => None,
    };
    text.or(name)
}

/// `PY_VERSION_HEX` in words: `0x030b07f0` is 3.11.7, `0x030e00a1` is 3.14.0a1.
fn version_of_hex(hex: u64) -> String {
    let [_, major, minor, micro, level] = [32, 24, 16, 8, 0].map(|shift| hex >> shift & 0xff);
    let version = format!("{major}.{minor}.{micro}");
    match (level >> 4, level & 0xf) {
        (0xa, serial) => format!("{version}a{serial}"),
        (0xb, serial) => format!("{version}b{serial}"),
        (0xc, serial) => format!("{version}rc{serial}"),
        _ => version,
    }
}

/// `libpython3.10.so.1.0`, `python3.10` and `libpypy3.9-c.so` have the first two numbers in them.
fn version_of_name(name: &str) -> Option<String> {
    let at = name.find(|c: char| c.is_ascii_digit())?;
    let mut numbers = name[at..].split('.').map_while(|part| {
        let digits = part.split(|c: char| !c.is_ascii_digit()).next()?;
        (!digits.is_empty()).then_some(digits)
    });
    Some(format!("{}.{}", numbers.next()?, numbers.next()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_numbers_and_names() {
        assert_eq!(version_of_hex(0x030b_07f0), "3.11.7");
        assert_eq!(version_of_hex(0x030e_00a1), "3.14.0a1");
        assert_eq!(version_of_hex(0x030d_00c2), "3.13.0rc2");
        assert_eq!(version_of_name("libpython3.10.so.1.0").as_deref(), Some("3.10"));
        assert_eq!(version_of_name("libpypy3.9-c.so").as_deref(), Some("3.9"));
        assert_eq!(version_of_name("python"), None);
    }
}
