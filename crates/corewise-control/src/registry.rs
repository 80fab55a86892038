//! The loaded libraries that can be set, found as they come.

use std::collections::HashSet;
use std::ffi::{CStr, CString, c_int, c_void};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use crate::library::{Handle, Library};
use crate::runtime::Family;

/// All libraries that were found, in the order in which they were loaded.
pub type Libraries = Arc<[Arc<Library>]>;

struct Known {
    libraries: Libraries,
    /// What was looked at: the addresses of program headers, which tell libraries that are loaded at
    /// one time apart.
    seen: HashSet<usize>,
    /// How often libraries had been loaded and unloaded then.
    changes: Changes,
}

static KNOWN: Mutex<Option<Known>> = Mutex::new(None);

/// The libraries that can be set now. Looks at those that were loaded since the last call.
pub fn libraries() -> Libraries {
    let changes = Changes::now();
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    let known = known.get_or_insert_with(|| Known {
        libraries: Arc::new([]),
        seen: HashSet::new(),
        changes: Changes { loaded: 0, unloaded: 0 },
    });
    if changes == known.changes {
        return Arc::clone(&known.libraries);
    }
    if changes.unloaded != known.changes.unloaded {
        // Another library may lie where one was that is gone.
        known.seen.clear();
    }
    let mut all = known.libraries.to_vec();
    for (headers, path) in objects() {
        if known.seen.insert(headers)
            && let Some(library) = recognise(&absolute(headers, path), &all)
        {
            all.push(Arc::new(library));
        }
    }
    if all.len() != known.libraries.len() {
        known.libraries = all.into();
    }
    known.changes = changes;
    Arc::clone(&known.libraries)
}

/// The library at a path, if it is a runtime that is not among `known`.
fn recognise(path: &CStr, known: &[Arc<Library>]) -> Option<Library> {
    let name = path.to_string_lossy();
    // Most are none: told before their path is resolved.
    let begins = |name: &str| {
        let file = name.rsplit('/').next().unwrap_or(name).to_lowercase();
        Family::ALL.into_iter().find_map(|family| {
            let prefix = family.prefixes().iter().find(|prefix| file.starts_with(**prefix))?;
            Some((family, *prefix))
        })
    };
    let real = |name: &str| {
        // A file that was deleted or replaced meanwhile is loaded all the same.
        let path = Path::new(name);
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        Some(real.to_str()?.to_owned())
    };
    // What is called otherwise may be a link to a runtime, as Debian's libblas.so.3 is.
    let may_be =
        begins(&name).is_some() || ["blas", "lapack", "omp"].iter().any(|part| name.contains(part));
    let resolved = may_be.then(|| real(&name)).flatten()?;
    let (family, prefix) = begins(&resolved)?;
    if known.iter().any(|library| library.path() == resolved) {
        return None;
    }
    let handle = Handle::loaded(path)?;
    if !is_of(family, &handle) {
        handle.close();
        return None;
    }
    Some(Library::new(resolved, prefix, family, handle))
}

/// A loaded library that is of this family by its functions, whatever its file is called.
#[must_use]
pub fn library_at(path: &CStr, family: Family) -> Option<Library> {
    let handle = Handle::loaded(path)?;
    if !is_of(family, &handle) {
        handle.close();
        return None;
    }
    let prefix = family.prefixes().first()?;
    Some(Library::new(path.to_string_lossy().into_owned(), prefix, family, handle))
}

fn is_of(family: Family, handle: &Handle) -> bool {
    family.marks().iter().any(|mark| handle.symbol(mark).is_some())
}

/// How often libraries were loaded and unloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Changes {
    /// Loaded since the process began.
    pub loaded: u64,
    /// Unloaded since then.
    pub unloaded: u64,
}

impl Changes {
    /// The counters of the dynamic linker: while they are the same, so are the loaded libraries.
    #[must_use]
    pub fn now() -> Self {
        let mut changes = Self { loaded: 0, unloaded: 0 };
        // SAFETY: `first` treats its argument as the `Changes` that it is.
        unsafe { libc::dl_iterate_phdr(Some(first), (&raw mut changes).cast()) };
        changes
    }
}

/// Takes the counters from the first object, and ends the iteration.
unsafe extern "C" fn first(
    info: *mut libc::dl_phdr_info,
    size: usize,
    changes: *mut c_void,
) -> c_int {
    // SAFETY: `Changes::now` passes its own, and the linker an object that lives during the call; it
    // has the counters (glibc 2.4 on, musl) if it is that large.
    unsafe {
        if size >= size_of::<libc::dl_phdr_info>() {
            (*changes.cast::<Changes>()).loaded = (*info).dlpi_adds;
            (*changes.cast::<Changes>()).unloaded = (*info).dlpi_subs;
        }
    }
    1
}

/// The paths of all loaded libraries; of the program itself it is empty.
#[must_use]
pub fn loaded_paths() -> Vec<CString> {
    objects().into_iter().map(|(headers, path)| absolute(headers, path)).collect()
}

/// The path of a loaded object: the kernel's, where the one by which it was loaded was relative. That
/// may have been from another folder.
fn absolute(headers: usize, path: CString) -> CString {
    let bytes = path.as_bytes();
    if bytes.starts_with(b"/") || !bytes.contains(&b'/') {
        path
    } else {
        mapped(headers).unwrap_or(path)
    }
}

/// The file that is mapped at an address.
fn mapped(address: usize) -> Option<CString> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let line = maps.lines().find(|line| {
        let range = line.split(' ').next().and_then(|range| range.split_once('-'));
        let bound = |text| usize::from_str_radix(text, 16).unwrap_or(0);
        range.is_some_and(|(start, end)| (bound(start)..bound(end)).contains(&address))
    })?;
    CString::new(line.get(line.find('/')?..)?).ok()
}

/// The loaded objects: where their program headers are, and their paths.
fn objects() -> Vec<(usize, CString)> {
    let mut found: Vec<(usize, CString)> = Vec::new();
    // SAFETY: `each` treats its argument as the vector that it is.
    unsafe { libc::dl_iterate_phdr(Some(each), (&raw mut found).cast()) };
    found
}

/// Allocates while locks of the dynamic linker are held; no allocator loads libraries.
unsafe extern "C" fn each(info: *mut libc::dl_phdr_info, _: usize, found: *mut c_void) -> c_int {
    // SAFETY: as in `first`; the name is a C string.
    unsafe {
        let name = (*info).dlpi_name;
        if !name.is_null() {
            let entry = ((*info).dlpi_phdr as usize, CStr::from_ptr(name).to_owned());
            (*found.cast::<Vec<(usize, CString)>>()).push(entry);
        }
    }
    0
}
