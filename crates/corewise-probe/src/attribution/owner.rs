//! Who owns a thread.

use corewise_model::{Pid, Tid};

use super::stack::{self, StackPointer};
use super::{Descriptor, frames};
use crate::processes::{self, Module, Modules};
use crate::remote::Remote;

/// How many siblings are asked for the way to a thread that is on a core.
const MOST_SIBLINGS: usize = 64;

/// Libraries that start threads for others: what their start routine calls is the owner.
const CARRIERS: [&str; 9] = [
    "libstdc++",
    "libc++",
    "libglib-2",
    "libgthread",
    "libjemalloc",
    "libtcmalloc",
    "libasan",
    "libtsan",
    "liblsan",
];

/// Libraries that every thread passes through: where it is in them says nothing, and return
/// addresses into them stay on the stack from its start.
const SYSTEM: [&str; 6] = ["libc", "ld-linux", "ld", "libpthread", "libm", "libgcc_s"];

/// Who started a thread, as far as it can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Owner {
    /// The process's first thread.
    Main,
    /// A thread that Python started.
    Python,
    /// The runtime that is the module at this place of [`Modules::list`]; of a runtime with several
    /// files the one that stands for its pool.
    Pool(usize),
    /// A library or program that is no known runtime: its path.
    Native(String),
    /// Not known now, and why; it may be known later.
    NotYet(String),
}

/// Who owns this thread of the process that `modules` were read from.
///
/// Never fails: what cannot be found out is [`Owner::NotYet`]. See the module's page for the way,
/// its cost and its limits.
#[must_use]
pub fn owner(pid: Pid, tid: Tid, modules: &Modules) -> Owner {
    if tid.0 == pid.0 {
        return Owner::Main;
    }
    let remote = Remote::new(pid);
    let number = |tid: Tid| {
        if modules.same_namespace() { Some(tid.0) } else { processes::namespace_tid(pid, tid) }
    };
    let Some(own) = number(tid) else {
        return Owner::NotYet("it has ended".to_owned());
    };
    let found = match stack::pointer(pid, tid) {
        StackPointer::At(at) => Descriptor::above(remote, at, own),
        StackPointer::Running => None,
        StackPointer::Ended => return Owner::NotYet("it has ended".to_owned()),
        StackPointer::Hidden => {
            return Owner::NotYet("no permission to see its stack".to_owned());
        }
    };
    let found = found.or_else(|| {
        let siblings = processes::threads(pid).unwrap_or_default();
        let others = siblings.into_iter().filter(|other| *other != tid && other.0 != pid.0);
        others.take(MOST_SIBLINGS).find_map(|other| {
            let StackPointer::At(at) = stack::pointer(pid, other) else { return None };
            Descriptor::above(remote, at, number(other)?)?.sibling(remote, own)
        })
    });
    match found.or_else(|| Descriptor::anywhere(pid, remote, own)) {
        Some(descriptor) => started_by(descriptor, remote, modules),
        None => Owner::NotYet("its descriptor was not found (running, or not glibc's)".to_owned()),
    }
}

fn started_by(descriptor: Descriptor, remote: Remote, modules: &Modules) -> Owner {
    let words = descriptor.routine_words(remote).unwrap_or_default();
    let Some(start) = words.into_iter().find_map(|word| modules.index_of(word)) else {
        return Owner::NotYet(if modules.changed() {
            "a library was loaded since its process was looked at".to_owned()
        } else {
            "its start routine lies in no file".to_owned()
        });
    };
    let is_carrier = |index: usize| modules.get(index).is_some_and(carries);
    if !is_carrier(start) {
        return named(start, modules);
    }
    // Outside the carrier's frame are those of the C library; inside, what it carries.
    let outermost = frames::outermost(remote, descriptor, modules);
    let mut inner = outermost.into_iter().skip_while(|index| *index != start);
    let is_system = |index: usize| modules.get(index).is_some_and(|m| begins_with(m, &SYSTEM));
    match inner.find(|index| !is_carrier(*index) && !is_system(*index)) {
        Some(index) => named(index, modules),
        None if modules.get(start).is_some_and(|module| module.name().starts_with("libstdc++")) => {
            Owner::NotYet("it has only just started".to_owned())
        }
        None => named(start, modules),
    }
}

fn named(index: usize, modules: &Modules) -> Owner {
    match modules.get(index) {
        _ if modules.python().is_some_and(|python| python.module == index) => Owner::Python,
        Some(module) if module.runtime.is_some() => Owner::Pool(modules.pool_of(index)),
        Some(module) => Owner::Native(module.path.clone()),
        None => Owner::NotYet("its start routine lies in no file".to_owned()),
    }
}

fn carries(module: &Module) -> bool {
    begins_with(module, &CARRIERS)
}

fn begins_with(module: &Module, stems: &[&str]) -> bool {
    let name = module.name();
    stems
        .iter()
        .any(|stem| name.strip_prefix(stem).is_some_and(|rest| rest.starts_with(['.', '-', '_'])))
}
