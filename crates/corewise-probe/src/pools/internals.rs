//! Symbols that a runtime's library keeps to itself, by its file.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use corewise_model::Pid;

use crate::elf;
use crate::processes::Module;

type Symbols = Arc<HashMap<String, u64>>;
/// By path, device and inode: each worker of a process pool has the same files.
type Found = HashMap<(String, String, u64), Symbols>;
static FOUND: Mutex<Option<Found>> = Mutex::new(None);

/// The address of a symbol in a process whose module does not export it, if the names of its kind
/// begin as one of `prefixes` and the file still has its table.
pub(super) fn address(
    module: &Module,
    pid: Pid,
    name: &str,
    prefixes: &'static [&'static str],
) -> Option<u64> {
    if !prefixes.iter().any(|prefix| name.starts_with(prefix)) {
        return None;
    }
    let (device, inode) = module.file.clone();
    let key = (module.path.clone(), device, inode);
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    let read = || {
        let wanted = |name: &str| prefixes.iter().any(|prefix| name.starts_with(prefix));
        let symbols = module.open(pid).and_then(|file| elf::unloaded_symbols(&file, wanted));
        Arc::new(symbols.unwrap_or_default())
    };
    let symbols = found.get_or_insert_with(HashMap::new).entry(key).or_insert_with(read);
    Some(symbols.get(name)?.wrapping_add(module.image.as_ref()?.bias))
}
