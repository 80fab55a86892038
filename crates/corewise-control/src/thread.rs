//! What each thread's limits are, and what numbers they make.

use std::cell::RefCell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::library::Library;
use crate::limits::Limits;
use crate::lock::{self, Guarded};
use crate::registry::{self, Libraries};
use crate::runtime::{Runtime, Scope};

/// What a library had before the first limit.
struct Base {
    library: Arc<Library>,
    /// Its number of threads.
    threads: i32,
    /// What it has to be given to have it again.
    setting: i32,
}

impl Base {
    fn of(library: &Arc<Library>) -> Option<Self> {
        let (threads, setting) = (library.threads()?, library.setting()?);
        Some(Self { library: Arc::clone(library), threads, setting })
    }

    /// Sets what a limit makes of it.
    fn limit(&self, limit: u32) {
        let wanted = self.threads.min(i32::try_from(limit).unwrap_or(i32::MAX));
        if self.library.threads() != Some(wanted) {
            if wanted == self.threads { self.restore() } else { self.library.set_threads(wanted) }
        }
    }

    fn restore(&self) {
        self.library.set_threads(self.setting);
    }
}

/// The limits of threads on runtimes that have one number for all.
pub(crate) struct Shared {
    limits: Vec<(u64, Limits)>,
    bases: Vec<Base>,
}

pub(crate) static SHARED: Guarded<Shared> =
    Guarded::new(Shared { limits: Vec::new(), bases: Vec::new() });

impl Shared {
    /// A thread has other limits now.
    fn change(&mut self, thread: u64, limits: Option<Limits>, libraries: &Libraries) {
        let place = self.limits.iter().position(|(other, _)| *other == thread);
        match (place, limits) {
            (Some(place), Some(limits)) => self.limits[place].1 = limits,
            (Some(place), None) => drop(self.limits.swap_remove(place)),
            (None, Some(limits)) => self.limits.push((thread, limits)),
            (None, None) => {}
        }
        let of_all = libraries.iter().filter(|library| library.scope() == Scope::Process);
        let none = Limits::none();
        let smallest = self.limits.iter().fold(none, |all, (_, limits)| all.and(limits));
        set_by(&mut self.bases, of_all, &smallest);
    }
}

/// Gives each library the number that `limits` make of what it had, which is kept in `bases` as long
/// as it is limited.
fn set_by<'l>(
    bases: &mut Vec<Base>,
    libraries: impl Iterator<Item = &'l Arc<Library>>,
    limits: &Limits,
) {
    for library in libraries {
        let place = bases.iter().position(|base| Arc::ptr_eq(&base.library, library));
        match (place, limits.of(library.runtime())) {
            (Some(place), None) => bases.swap_remove(place).restore(),
            (None, Some(_)) => bases.extend(Base::of(library)),
            _ => {}
        }
    }
    // An OpenBLAS on OpenMP has OpenMP's number: the smaller limit counts for both.
    for base in bases.iter() {
        let same = bases.iter().filter(|other| other.library.sets_what(&base.library));
        let smallest = same.filter_map(|other| limits.of(other.library.runtime())).min();
        if let Some(limit) = smallest {
            base.limit(limit);
        }
    }
}

static NEXT: AtomicU64 = AtomicU64::new(1);

/// The calling thread's part.
struct Mine {
    number: u64,
    limits: Limits,
    /// What of them the process-wide numbers follow; `None` where there is nothing.
    shared: Option<Limits>,
    bases: Vec<Base>,
    libraries: Libraries,
    /// Whether the governor limited its calls into OpenBLAS when they were set.
    governed: bool,
}

thread_local! {
    static MINE: RefCell<Mine> = RefCell::new(Mine {
        number: NEXT.fetch_add(1, Ordering::Relaxed),
        limits: Limits::none(),
        shared: None,
        bases: Vec::new(),
        libraries: Arc::new([]),
        governed: false,
    });
}

impl Drop for Mine {
    fn drop(&mut self) {
        // Its own numbers end with it.
        if self.shared.is_some() {
            let libraries = &self.libraries;
            SHARED.with(|shared| shared.change(self.number, None, libraries));
        }
    }
}

/// Makes these limits those of the calling thread, in place of what it had.
///
/// Libraries that were loaded meanwhile are limited too. What is set already costs a look at the
/// dynamic linker's counters.
pub fn apply(limits: Limits) {
    after_fork();
    // At the thread's end there is nothing left to limit.
    let _ = MINE.try_with(|mine| {
        if let Ok(mut mine) = mine.try_borrow_mut() {
            mine.apply(limits);
        }
    });
}

impl Mine {
    fn apply(&mut self, wanted: Limits) {
        let none = Limits::none();
        if wanted == none && self.limits == none {
            return;
        }
        let by_governor = corewise_governor::limit_openblas(wanted.of(Runtime::OpenBlas));
        let libraries = registry::libraries();
        let are_known = Arc::ptr_eq(&self.libraries, &libraries);
        if are_known && (self.limits, self.governed) == (wanted, by_governor) {
            return;
        }
        (self.limits, self.governed, self.libraries) = (wanted, by_governor, libraries);
        let own = self.libraries.iter().filter(|library| library.scope() == Scope::Thread);
        set_by(&mut self.bases, own, &wanted);
        let shared = if by_governor { wanted.without(Runtime::OpenBlas) } else { wanted };
        let shared = (shared != none).then_some(shared);
        if shared.is_some() || self.shared.is_some() {
            lock::mind_forks();
            SHARED.with(|all| all.change(self.number, shared, &self.libraries));
            self.shared = shared;
        }
    }
}

/// In a forked process: the limits of threads that are not there end. [`apply`] does it too.
pub fn after_fork() {
    if !lock::was_forked() {
        return;
    }
    let libraries = registry::libraries();
    let mine = MINE.try_with(|mine| mine.try_borrow().map_or(0, |mine| mine.number)).unwrap_or(0);
    SHARED.with(|shared| {
        let before = shared.limits.len();
        shared.limits.retain(|(thread, _)| *thread == mine);
        if shared.limits.len() != before {
            let own = shared.limits.first().map(|(_, limits)| *limits);
            shared.change(mine, own, &libraries);
        }
    });
}

/// The governor is about to govern this process: the numbers that limits have set are put back, so that
/// it finds those of the program. Each thread's limits hold again from its next [`apply`] on.
pub fn begin_governing() {
    SHARED.with(|shared| {
        shared.limits.clear();
        for base in shared.bases.drain(..) {
            base.restore();
        }
    });
}
