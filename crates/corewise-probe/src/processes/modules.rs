//! The files with code that a process has mapped.

use std::collections::HashMap;
use std::fs;
use std::ops::Range;

use corewise_model::Pid;

use super::{Module, ProbeError, PythonImage, identity};
use crate::elf::{Image, Memory};
use crate::maps;
use crate::remote::Remote;
use crate::runtimes;

/// Where `l_next` and `r_map` stand in glibc's and musl's `struct link_map` and `struct r_debug`
/// (both are fixed by the debuggers that read them).
const R_MAP: u64 = 8;
const L_NEXT: u64 = 24;

/// More libraries than a process has loaded.
const MOST_LINKS: usize = 100_000;

/// The executable file mappings of one process at one moment.
///
/// Reading them takes 7 ms for a process that has imported scikit-learn, Numba and numexpr (230
/// files): the kernel's listing, and four or five small reads of each file's headers and symbol
/// table.
#[derive(Debug, Clone)]
pub struct Modules {
    pid: Pid,
    list: Vec<Module>,
    code: Vec<(Range<u64>, usize)>,
    python: Option<PythonImage>,
    last_link: Option<u64>,
    same_namespace: bool,
}

impl Modules {
    /// The modules that a process has now, recognised against the table of runtimes.
    ///
    /// # Errors
    ///
    /// Where there is no such process, it has ended, is a kernel thread, or may not be looked at.
    /// Where only its memory may not be read (Yama), the modules are known by name alone.
    pub fn read(pid: Pid) -> Result<Self, ProbeError> {
        let path = format!("/proc/{pid}/maps");
        let bytes = fs::read(&path).map_err(|error| ProbeError::reading(pid, &path, error))?;
        if bytes.is_empty() {
            return Err(without_memory(pid));
        }
        let remote = Remote::new(pid);
        let mut modules = group(maps::parse(&String::from_utf8_lossy(&bytes)));
        for module in &mut modules {
            module.image = Image::read(&remote, &module.segments).ok();
            module.runtime = runtimes::recognise(module, remote).map(|entry| entry.runtime);
        }
        let mut code: Vec<(Range<u64>, usize)> = modules
            .iter()
            .enumerate()
            .flat_map(|(index, m)| m.executable.iter().cloned().map(move |range| (range, index)))
            .collect();
        code.sort_unstable_by_key(|(range, _)| range.start);
        let python = PythonImage::find(pid, &modules, remote);
        let last_link = last_link(&modules, remote);
        let same_namespace = identity::same_namespace(pid);
        Ok(Self { pid, list: modules, code, python, last_link, same_namespace })
    }

    /// Whose they are.
    #[must_use]
    pub fn pid(&self) -> Pid {
        self.pid
    }

    /// All of them, in ascending order of addresses.
    #[must_use]
    pub fn list(&self) -> &[Module] {
        &self.list
    }

    /// The module at this place of the list.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<&Module> {
        self.list.get(index)
    }

    /// The place in the list of the module that has code at this address.
    #[must_use]
    pub fn index_of(&self, address: u64) -> Option<usize> {
        let after = self.code.partition_point(|(range, _)| range.start <= address);
        let (range, index) = self.code.get(after.checked_sub(1)?)?;
        range.contains(&address).then_some(*index)
    }

    /// The module that has code at this address.
    #[must_use]
    pub fn find(&self, address: u64) -> Option<&Module> {
        self.get(self.index_of(address)?)
    }

    /// The place of the module that stands for the pool which the module at `index` is part of:
    /// that place itself for all but runtimes of several files (MKL, `PyTorch`, ATLAS).
    #[must_use]
    pub fn pool_of(&self, index: usize) -> usize {
        runtimes::representative(&self.list, index)
    }

    /// The Python interpreter in the process.
    #[must_use]
    pub fn python(&self) -> Option<&PythonImage> {
        self.python.as_ref()
    }

    /// Whether the process numbers its threads as we do (the same PID namespace).
    #[must_use]
    pub fn same_namespace(&self) -> bool {
        self.same_namespace
    }

    /// Whether the process has loaded a library, or replaced its program, since these were read.
    ///
    /// One read of eight bytes (less than 2 µs): the dynamic linker keeps its libraries in a list, and
    /// a new one goes to the end. An unloaded library is noticed only when it was the last. Where
    /// there was no such list (a static program, or one that had not started yet) the mappings are
    /// read again. `true` where the process has ended.
    #[must_use]
    pub fn changed(&self) -> bool {
        match self.last_link {
            Some(link) => !matches!(Remote::new(self.pid).u64(link + L_NEXT), Ok(0)),
            None => mapped(self.pid).is_none_or(|now| {
                let same = |a: &Module, b: &Module| (&a.path, a.base) == (&b.path, b.base);
                now.len() != self.list.len() || !now.iter().zip(&self.list).all(|(a, b)| same(a, b))
            }),
        }
    }
}

/// The modules that are mapped now, not looked into.
fn mapped(pid: Pid) -> Option<Vec<Module>> {
    let bytes = fs::read(format!("/proc/{pid}/maps")).ok().filter(|bytes| !bytes.is_empty())?;
    Some(group(maps::parse(&String::from_utf8_lossy(&bytes))))
}

/// Mappings of one file that belong together, those without any code left out.
fn group(mappings: impl Iterator<Item = maps::Mapping>) -> Vec<Module> {
    let mut modules: Vec<Module> = Vec::new();
    let mut newest: HashMap<(String, u64), usize> = HashMap::new();
    for mapping in mappings.filter(|mapping| mapping.inode != 0) {
        let file = (mapping.device.clone(), mapping.inode);
        let known = newest.get(&file).copied().filter(|at| !modules[*at].is_followed_by(&mapping));
        let at = known.unwrap_or_else(|| {
            modules.push(Module::new(&mapping));
            modules.len() - 1
        });
        newest.insert(file, at);
        modules[at].add(&mapping);
    }
    modules.retain(|module| !module.executable.is_empty());
    modules
}

/// The flag of the kernel's own threads in `/proc/PID/stat` (include/linux/sched.h).
const PF_KTHREAD: u64 = 0x0020_0000;

/// Why a process has no mappings at all.
fn without_memory(pid: Pid) -> ProbeError {
    let path = format!("/proc/{pid}/stat");
    match fs::read(&path) {
        Err(error) => ProbeError::reading(pid, &path, error),
        Ok(bytes) if is_kernel_s(&String::from_utf8_lossy(&bytes)) => ProbeError::Kernel(pid),
        // A process gives up its memory before it is a zombie: it ends right now, or has ended.
        Ok(_) => ProbeError::Ended(pid),
    }
}

fn is_kernel_s(stat: &str) -> bool {
    // The name, in parentheses, may itself hold parentheses: the last one ends it.
    let fields = stat.rsplit_once(") ").map_or("", |(_, rest)| rest);
    let flags = fields.split_ascii_whitespace().nth(6).and_then(|field| field.parse::<u64>().ok());
    flags.is_some_and(|flags| flags & PF_KTHREAD != 0)
}

/// The address of the last entry of the dynamic linker's list.
fn last_link(modules: &[Module], remote: Remote) -> Option<u64> {
    let debug = modules.iter().find_map(|module| module.image.as_ref()?.debug)?;
    let mut link = remote.u64(debug.checked_add(R_MAP)?).ok().filter(|link| *link != 0)?;
    for _ in 0..MOST_LINKS {
        match remote.u64(link.checked_add(L_NEXT)?).ok()? {
            0 => return Some(link),
            next => link = next,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<(String, u64, usize)> {
        group(maps::parse(text)).into_iter().map(|m| (m.path, m.base, m.segments.len())).collect()
    }

    #[test]
    fn two_copies_of_one_file_are_two_modules() {
        let text = "\
1000-2000 r--p 00000000 08:01 7 /a.so\n2000-3000 r-xp 00001000 08:01 7 /a.so\n\
3000-4000 rw-p 00002000 08:01 7 /a.so\n5000-6000 r--p 00000000 08:01 7 /a.so\n\
6000-7000 r-xp 00001000 08:01 7 /a.so\n";
        assert_eq!(paths(text), [("/a.so".into(), 0x1000, 3), ("/a.so".into(), 0x5000, 2)]);
    }

    #[test]
    fn a_first_page_mapped_twice_is_one_module_and_data_is_none() {
        let text = "\
1000-2000 r--p 00000000 08:01 7 /lld.so\n2000-3000 r-xp 00000000 08:01 7 /lld.so\n\
5000-6000 r--s 00000000 08:01 8 /array.npy\n7000-8000 r-xp 00000000 00:00 0 \n";
        assert_eq!(paths(text), [("/lld.so".into(), 0x1000, 2)]);
    }

    #[test]
    fn our_own_code_is_found_and_nothing_was_loaded_since() {
        let modules = Modules::read(Pid(std::process::id())).unwrap();
        let here = paths as fn(&str) -> _ as usize as u64;
        let exe = std::env::current_exe().unwrap();
        assert_eq!(modules.find(here).unwrap().path, exe.to_str().unwrap());
        assert!(modules.find(0).is_none() && modules.find(u64::MAX).is_none());
        assert!(!modules.changed());
        assert!(modules.python().is_none());
    }

    #[test]
    fn what_has_no_memory_is_said_so() {
        assert!(is_kernel_s("2 (kthreadd) S 0 0 0 0 -1 2129984 0 0 0"));
        assert!(!is_kernel_s("9 (a) S 0) Z 1 9 9 0 -1 4227084 0 0 0"));
        assert!(!is_kernel_s(""));
        assert!(matches!(Modules::read(Pid(u32::MAX)), Err(ProbeError::NoSuchProcess(_))));
    }
}
