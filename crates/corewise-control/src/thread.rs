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
    /// The number that the program has set since, which a limit must not raise either.
    own: i32,
    /// Its number when limits were last set: another one now is the program's.
    given: i32,
}

impl Base {
    fn of(library: &Arc<Library>) -> Option<Self> {
        let (threads, setting) = (library.threads()?, library.setting()?);
        let library = Arc::clone(library);
        Some(Self { library, threads, setting, own: threads, given: threads })
    }

    /// Takes in what the program has set.
    fn note(&mut self) {
        let now = self.library.threads().unwrap_or(self.given);
        if now != self.given {
            self.own = now;
        }
    }

    /// Sets what a limit makes of it.
    fn limit(&self, limit: u32) {
        let limit = i32::try_from(limit).unwrap_or(i32::MAX);
        let wanted = self.threads.min(self.own).min(limit);
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
    /// How many threads have the governor come or go at this moment: no number is read or set then.
    pauses: u32,
}

pub(crate) static SHARED: Guarded<Shared> =
    Guarded::new(Shared { limits: Vec::new(), bases: Vec::new(), pauses: 0 });

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
        self.set(libraries);
    }

    fn set(&mut self, libraries: &Libraries) {
        if self.pauses != 0 {
            return;
        }
        let of_all = libraries.iter().filter(|library| library.scope() == Scope::Process);
        let none = Limits::none();
        let smallest = self.limits.iter().fold(none, |all, (_, limits)| all.and(limits));
        set_by(&mut self.bases, of_all, |library| {
            let counts = !library.is_governed();
            counts.then(|| smallest.of(library.runtime())).flatten()
        });
    }
}

/// Gives each library the number that its `limit` makes of what it had, which is kept in `bases` as
/// long as it is limited.
fn set_by<'l>(
    bases: &mut Vec<Base>,
    libraries: impl Iterator<Item = &'l Arc<Library>>,
    limit: impl Fn(&Library) -> Option<u32>,
) {
    for library in libraries {
        let place = bases.iter().position(|base| Arc::ptr_eq(&base.library, library));
        match (place, limit(library)) {
            (Some(place), None) => bases.swap_remove(place).restore(),
            (None, Some(_)) => bases.extend(Base::of(library)),
            _ => {}
        }
    }
    bases.iter_mut().for_each(Base::note);
    // An OpenBLAS on OpenMP has OpenMP's number: the smaller limit counts for both.
    for base in bases.iter() {
        let same = bases.iter().filter(|other| other.library.sets_what(&base.library));
        let smallest = same.filter_map(|other| limit(&other.library)).min();
        if let Some(limit) = smallest {
            base.limit(limit);
        }
    }
    for base in bases {
        base.given = base.library.threads().unwrap_or(base.given);
    }
}

static NEXT: AtomicU64 = AtomicU64::new(1);

/// The calling thread's part.
struct Mine {
    number: u64,
    limits: Limits,
    bases: Vec<Base>,
    libraries: Libraries,
    /// Whether the governor limited its calls into OpenBLAS when they were set.
    governed: bool,
}

thread_local! {
    static MINE: RefCell<Mine> = RefCell::new(Mine {
        number: NEXT.fetch_add(1, Ordering::Relaxed),
        limits: Limits::none(),
        bases: Vec::new(),
        libraries: Arc::new([]),
        governed: false,
    });
}

impl Drop for Mine {
    fn drop(&mut self) {
        // Its own numbers end with it.
        if self.limits != Limits::none() {
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
        set_by(&mut self.bases, own, |library| wanted.of(library.runtime()));
        lock::mind_forks();
        let shared = (wanted != none).then_some(wanted);
        SHARED.with(|all| all.change(self.number, shared, &self.libraries));
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
        shared.limits.retain(|(thread, _)| *thread == mine);
        shared.pauses = 0;
        shared.set(&libraries);
    });
}

/// The governor is about to come or to go, until [`resume`]: the numbers that limits have set are put
/// back, so that it finds those of the program, and none of its own is taken for one meanwhile.
pub fn pause() {
    lock::mind_forks();
    SHARED.with(|shared| {
        shared.pauses += 1;
        for base in shared.bases.drain(..) {
            base.restore();
        }
    });
}

/// Undoes [`pause`]: limits hold again. What the governor limits by thread does from each thread's next
/// [`apply`] on.
pub fn resume() {
    let libraries = registry::libraries();
    SHARED.with(|shared| {
        shared.pauses = shared.pauses.saturating_sub(1);
        shared.set(&libraries);
    });
}
