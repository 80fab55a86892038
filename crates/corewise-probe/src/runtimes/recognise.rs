//! Which runtime a file is.

use super::{Entry, Files, TABLE, entry};
use crate::processes::Module;
use crate::remote::Remote;

/// The entry of the runtime that a module is, if it is one: by exported symbols, then by name.
#[must_use]
pub fn recognise(module: &Module, remote: Remote) -> Option<&'static Entry> {
    let named = |entry: &Entry| entry.files.iter().any(|files| files.fits(module, remote));
    let marks = TABLE.iter().flat_map(|entry| entry.marks).copied();
    let mark = module.image.as_ref().and_then(|image| image.first_symbol(&remote, marks));
    if let Some((mark, _)) = mark {
        let mut marked = TABLE.iter().copied().filter(|entry| entry.marks.contains(&mark));
        let first = marked.clone().next();
        return marked.find(|entry| named(entry)).or(first);
    }
    TABLE.iter().copied().find(|entry| named(entry))
}

/// The place, in a list of modules, of the one that stands for the pool of the module at `index`.
pub(crate) fn representative(modules: &[Module], index: usize) -> usize {
    let Some(runtime) = modules.get(index).and_then(|module| module.runtime) else { return index };
    let Some(entry) = entry(runtime).filter(|entry| entry.one_pool) else { return index };
    let rank = |module: &Module| {
        let fits = |files: &Files| files.matches(&module.path);
        entry.files.iter().position(fits).unwrap_or(usize::MAX)
    };
    let same = modules.iter().enumerate().filter(|(_, module)| module.runtime == Some(runtime));
    same.min_by_key(|(_, module)| rank(module)).map_or(index, |(first, _)| first)
}
