//! What can be said of a Python interpreter besides its stacks.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use corewise_model::Pid;
use corewise_model::Tid;
use corewise_probe::Modules;
use corewise_probe::remote::Remote;

/// Where glibc's `struct pthread` may have the thread's number: its size differs between releases
/// and architectures (0x2d0 on x86-64 since glibc 2.4).
const PTHREAD_SIZE: usize = 0x400;

/// Distributions that the process has mapped libraries of: name and version.
///
/// A library below `site-packages/NAME` belongs to the distribution whose `NAME-VERSION.dist-info`
/// stands there, or to the one whose `top_level.txt` or RECORD says `NAME`.
pub(super) fn packages(modules: &Modules) -> Vec<(String, String)> {
    let mut folders: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for module in modules.list() {
        for mark in ["/site-packages/", "/dist-packages/"] {
            if let Some(at) = module.path.find(mark) {
                let (folder, rest) = module.path.split_at(at + mark.len());
                let top = rest.split('/').next().unwrap_or(rest);
                folders.entry(folder).or_default().insert(top.trim_end_matches(".libs"));
            }
        }
    }
    let mut packages = BTreeSet::new();
    for (folder, tops) in folders {
        let root = format!("/proc/{}/root{folder}", modules.pid());
        let Ok(entries) = fs::read_dir(&root) else { continue };
        for entry in entries.flatten() {
            let Ok(name) = entry.file_name().into_string() else { continue };
            let Some((name, version)) =
                name.strip_suffix(".dist-info").and_then(|name| name.rsplit_once('-'))
            else {
                continue;
            };
            let listed = || fs::read_to_string(entry.path().join("RECORD")).unwrap_or_default();
            let owns = tops.contains(name)
                || tops.iter().any(|top| top.eq_ignore_ascii_case(name))
                || (name.contains("learn") || name.contains("opencv") || name.contains("ython"))
                    && tops.iter().any(|top| listed().contains(&format!("\n{top}/__init__.py,")));
            if owns {
                packages.insert((name.to_owned(), version.to_owned()));
            }
        }
    }
    packages.into_iter().collect()
}

/// The number of the thread whose `pthread_t` this is, in our PID namespace.
pub(super) fn tid_of_pthread(pid: Pid, pthread: u64) -> Option<Tid> {
    let mut bytes = [0; PTHREAD_SIZE];
    let length = Remote::new(pid).read(pthread, &mut bytes).ok()?;
    let words = bytes.get(..length)?.chunks_exact(4);
    words
        .filter_map(|word| Some(u32::from_ne_bytes(word.try_into().ok()?)))
        .filter(|number| *number > 1)
        .find(|number| fs::exists(format!("/proc/{pid}/task/{number}")).unwrap_or(false))
        .map(Tid)
}
