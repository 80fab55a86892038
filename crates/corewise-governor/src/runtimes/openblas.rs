//! OpenBLAS, in any number of copies: with threads of its own (`USE_THREAD`), or built on OpenMP, of
//! which [`openblas_openmp`] knows more.
//!
//! A routine decides how many threads it uses by the exported variable `blas_cpu_number` when it
//! begins a parallel part. The governor writes that variable before each call, so the functions by
//! which programs set and read it are replaced: what a program sets is remembered as its limit.
//!
//! Facts from OpenBLAS 0.3.28 to 0.3.31, `driver/others/blas_server.c` and `parameter.c`:
//! - `blas_cpu_number` above `blas_num_threads` makes calls wait for threads that do not exist.
//! - Idle threads spin for 2^26 ticks or more (0.1 s measured), or 2^`OPENBLAS_THREAD_TIMEOUT`, as
//!   read by `openblas_read_env` and taken over when the pool is started.
//! - `blas_thread_shutdown_` ends the pool; `blas_thread_init`, which the next parallel call would
//!   call, starts it with `blas_num_threads` - 1 threads.

use std::os::raw::c_int;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU32, AtomicUsize, Ordering};

use super::openblas_openmp;
use crate::threads;

/// Copies in one process.
pub(crate) const COPIES: usize = 16;
/// One copy.
struct Copy {
    /// Where its code is.
    start: AtomicUsize,
    end: AtomicUsize,
    /// `blas_cpu_number`; null while the place is free.
    cpu_number: AtomicPtr<AtomicI32>,
    /// `blas_num_threads`: the size of the pool.
    num_threads: AtomicPtr<AtomicI32>,
    /// The size of the pool that the library had chosen.
    chosen: AtomicI32,
    /// Whether its variables are the governor's.
    governed: AtomicBool,
    /// Whether it is built on OpenMP.
    openmp: AtomicBool,
    /// `openblas_set_num_threads` and `openblas_get_num_threads`; 0 where there is none.
    set: AtomicUsize,
    get: AtomicUsize,
    /// `openblas_read_env`, `blas_thread_shutdown_` and `blas_thread_init`; 0 where one is missing.
    read_env: AtomicUsize,
    shutdown: AtomicUsize,
    init: AtomicUsize,
    wants_restart: AtomicBool,
    new: AtomicBool,
    /// Whether it stays loaded for good.
    pinned: AtomicBool,
    /// Whether handlers of a fork were registered after its own.
    registered: AtomicBool,
    /// What the program set, else what the library had chosen.
    limit: AtomicU32,
}

static KNOWN: [Copy; COPIES] = [const {
    Copy {
        start: AtomicUsize::new(0),
        end: AtomicUsize::new(0),
        cpu_number: AtomicPtr::new(std::ptr::null_mut()),
        num_threads: AtomicPtr::new(std::ptr::null_mut()),
        chosen: AtomicI32::new(0),
        governed: AtomicBool::new(false),
        openmp: AtomicBool::new(false),
        set: AtomicUsize::new(0),
        get: AtomicUsize::new(0),
        read_env: AtomicUsize::new(0),
        shutdown: AtomicUsize::new(0),
        init: AtomicUsize::new(0),
        wants_restart: AtomicBool::new(false),
        new: AtomicBool::new(false),
        pinned: AtomicBool::new(false),
        registered: AtomicBool::new(false),
        limit: AtomicU32::new(1),
    }
}; COPIES];

/// The exported names of a copy.
pub(crate) struct Exports {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) cpu_number: usize,
    pub(crate) num_threads: usize,
    /// `openblas_read_env`, `blas_thread_shutdown_` and `blas_thread_init`, where all exist.
    pub(crate) restart: Option<[usize; 3]>,
    /// `openblas_set_num_threads`, 0 where there is none.
    pub(crate) set: usize,
    /// `openblas_get_num_threads`, 0 where there is none.
    pub(crate) get: usize,
    /// Whether it is built on OpenMP.
    pub(crate) openmp: bool,
}

/// Takes a copy in and gives its number. One that is known already stays as it is: its variables
/// hold what the governor wrote. `new`: whether it was loaded just now, so that no thread can be
/// inside of it.
pub(crate) fn register(exports: &Exports, new: bool) -> Option<u8> {
    let at = |address: usize| std::ptr::with_exposed_provenance_mut::<AtomicI32>(address);
    let (cpu, num) = (at(exports.cpu_number), at(exports.num_threads));
    let known =
        |wanted| KNOWN.iter().position(|copy| copy.cpu_number.load(Ordering::Relaxed) == wanted);
    let number = known(cpu).or_else(|| known(std::ptr::null_mut()))?;
    let copy = KNOWN.get(number)?;
    if !copy.governed.load(Ordering::Relaxed) {
        // SAFETY: both are exported `int` variables of a loaded library, found in its symbol table.
        let (cpu_now, num_now) =
            unsafe { ((*cpu).load(Ordering::Relaxed), (*num).load(Ordering::Relaxed)) };
        copy.start.store(exports.start, Ordering::Relaxed);
        copy.end.store(exports.end, Ordering::Relaxed);
        copy.chosen.store(num_now, Ordering::Relaxed);
        copy.limit.store(u32::try_from(cpu_now).unwrap_or(1).max(1), Ordering::Relaxed);
        copy.set.store(exports.set, Ordering::Relaxed);
        copy.get.store(exports.get, Ordering::Relaxed);
        copy.openmp.store(exports.openmp, Ordering::Relaxed);
        copy.num_threads.store(num, Ordering::Relaxed);
        copy.cpu_number.store(cpu, Ordering::Release);
        let [read_env, shutdown, init] = exports.restart.unwrap_or([0; 3]);
        copy.read_env.store(read_env, Ordering::Relaxed);
        copy.shutdown.store(shutdown, Ordering::Relaxed);
        copy.init.store(init, Ordering::Relaxed);
        copy.wants_restart.store(shutdown != 0, Ordering::Relaxed);
        copy.new.store(new, Ordering::Relaxed);
        // Only now may calls of other threads write the variables.
        copy.governed.store(true, Ordering::Release);
    }
    u8::try_from(number).ok()
}

/// A copy stays loaded for good.
pub(crate) fn note_pinned(number: u8) {
    if let Some(copy) = KNOWN.get(usize::from(number)) {
        copy.pinned.store(true, Ordering::Relaxed);
    }
}

/// Whether handlers of a fork have to be registered after this copy's own: once.
pub(crate) fn needs_handlers(number: u8) -> bool {
    KNOWN
        .get(usize::from(number))
        .is_some_and(|copy| !copy.registered.swap(true, Ordering::Relaxed))
}

/// The budget has changed: every pool is to be made anew.
pub(crate) fn want_restart() {
    for copy in KNOWN.iter().filter(|copy| copy.is_known()) {
        let can = copy.shutdown.load(Ordering::Relaxed) != 0;
        copy.wants_restart.store(can, Ordering::Relaxed);
    }
}

/// Restarts the pools that want it with at most `budget` threads: of copies that were just loaded,
/// and where `idle` says that no thread is inside of any, of all others. `false` where some are left.
pub(crate) fn restart_pools(budget: u32, idle: impl Fn() -> bool) -> bool {
    let wanting = || {
        let known = KNOWN.iter().filter(|copy| copy.is_known());
        known.filter(|copy| copy.wants_restart.load(Ordering::Relaxed))
    };
    for copy in wanting().filter(|copy| copy.new.load(Ordering::Relaxed)) {
        restart(copy, budget);
    }
    if wanting().next().is_some() && !idle() {
        return false;
    }
    for copy in wanting() {
        restart(copy, budget);
    }
    true
}

/// Ends the pool and starts one of at most `budget` threads, which spin as the environment says now
/// ([`crate::spinning`]).
fn restart(copy: &Copy, budget: u32) {
    copy.wants_restart.store(false, Ordering::Relaxed);
    copy.new.store(false, Ordering::Relaxed);
    let (read_env, shutdown) =
        (copy.read_env.load(Ordering::Relaxed), copy.shutdown.load(Ordering::Relaxed));
    // SAFETY: the library's `void openblas_read_env(void)`.
    let read_env = unsafe { std::mem::transmute::<usize, extern "C" fn()>(read_env) };
    // SAFETY: the library's `int blas_thread_shutdown_(void)`. The caller says that no thread is
    // inside of the library.
    let shutdown = unsafe { std::mem::transmute::<usize, extern "C" fn() -> c_int>(shutdown) };
    read_env();
    shutdown();
    let chosen = copy.chosen.load(Ordering::Relaxed);
    let size = chosen.min(i32::try_from(budget).unwrap_or(i32::MAX)).max(1);
    write(&copy.num_threads, size);
    let limit = i32::try_from(copy.limit.load(Ordering::Relaxed)).unwrap_or(i32::MAX);
    write(&copy.cpu_number, size.min(limit));
    // Now, not at the next parallel call: that one would wait for ever for threads that cannot be
    // started any more (`ulimit -u`). Those that just ended have made room for these.
    let init = copy.init.load(Ordering::Relaxed);
    // SAFETY: the library's `int blas_thread_init(void)`.
    let init = unsafe { std::mem::transmute::<usize, extern "C" fn() -> c_int>(init) };
    init();
}

fn write(variable: &AtomicPtr<AtomicI32>, value: i32) {
    // SAFETY: null, or an `int` variable of a library that is loaded.
    if let Some(variable) = unsafe { variable.load(Ordering::Acquire).as_ref() }
        && variable.load(Ordering::Relaxed) != value
    {
        variable.store(value, Ordering::Relaxed);
    }
}

fn read(variable: &AtomicPtr<AtomicI32>) -> i32 {
    // SAFETY: as in `write`.
    unsafe { variable.load(Ordering::Acquire).as_ref() }
        .map_or(1, |variable| variable.load(Ordering::Relaxed))
}

/// The copy whose code is at this address.
pub(crate) fn at(address: usize) -> Option<u8> {
    let number = KNOWN.iter().position(|copy| {
        copy.start.load(Ordering::Relaxed) <= address && address < copy.end.load(Ordering::Relaxed)
    });
    let front = || {
        let front = FRONTS.iter().find(|front| {
            front.start.load(Ordering::Relaxed) <= address
                && address < front.end.load(Ordering::Relaxed)
        })?;
        Some(front.number.load(Ordering::Relaxed))
    };
    u8::try_from(number.or_else(front)?).ok()
}

/// A library that holds routines of a copy's and decides by that copy's variables, as Debian's
/// `libblas.so.3` and `liblapack.so.3` do.
struct Front {
    start: AtomicUsize,
    end: AtomicUsize,
    number: AtomicUsize,
}

static FRONTS: [Front; 2 * COPIES] = [const {
    Front { start: AtomicUsize::new(0), end: AtomicUsize::new(0), number: AtomicUsize::new(0) }
}; 2 * COPIES];

/// Takes in a library whose slot of `blas_cpu_number` holds this address, and where its code is.
/// `false` where the variable is no known copy's.
pub(crate) fn register_front(cpu_number: usize, code: (usize, usize)) -> bool {
    let number = KNOWN
        .iter()
        .position(|copy| copy.cpu_number.load(Ordering::Relaxed) as usize == cpu_number);
    let front = FRONTS.iter().find(|front| {
        let start = front.start.load(Ordering::Relaxed);
        start == 0 || start == code.0
    });
    let (Some(number), Some(front)) = (number, front) else { return false };
    front.number.store(number, Ordering::Relaxed);
    front.end.store(code.1, Ordering::Relaxed);
    front.start.store(code.0, Ordering::Release);
    true
}

/// Whether a copy is built on OpenMP.
pub(crate) fn is_openmp(number: u8) -> bool {
    KNOWN.get(usize::from(number)).is_some_and(|copy| copy.openmp.load(Ordering::Relaxed))
}

/// Threads for which a copy built on OpenMP has room.
pub(crate) fn pool_size(number: u8) -> u32 {
    let size = KNOWN.get(usize::from(number)).map_or(1, |copy| read(&copy.num_threads));
    u32::try_from(size).unwrap_or(1).max(1)
}

/// The number that a copy built on OpenMP would have set by itself: its getter gives it.
pub(crate) fn note_number(number: u8, threads: u32) {
    if let Some(copy) = KNOWN.get(usize::from(number))
        && copy.limit.load(Ordering::Relaxed) != threads
    {
        copy.limit.store(threads, Ordering::Relaxed);
    }
}

/// The most threads that a call may use: the program's limit and the pool's size.
pub(crate) fn asked(number: u8) -> u32 {
    let Some(copy) = KNOWN.get(usize::from(number)) else { return 1 };
    let pool = u32::try_from(read(&copy.num_threads)).unwrap_or(1);
    copy.limit.load(Ordering::Relaxed).min(pool).max(1)
}

/// Sets what the next parallel part uses.
#[inline]
pub(crate) fn set(number: u8, threads: u32) {
    if let Some(copy) = KNOWN.get(usize::from(number))
        && copy.governed.load(Ordering::Acquire)
    {
        write(&copy.cpu_number, i32::try_from(threads).unwrap_or(1));
    }
}

/// Whether the library of this function is a copy with threads of its own whose calls are limited.
pub(crate) fn governs(function: usize) -> bool {
    KNOWN.iter().any(|copy| {
        let (start, end) = (copy.start.load(Ordering::Relaxed), copy.end.load(Ordering::Relaxed));
        let governed = copy.is_known() && copy.governed.load(Ordering::Relaxed);
        governed && !copy.openmp.load(Ordering::Relaxed) && (start..end).contains(&function)
    })
}

/// Lets calls into a copy that are under way use `cores` from their next parallel part on.
pub(crate) fn grow(number: u8, cores: u32) {
    set(number, cores.min(asked(number)));
}

impl Copy {
    fn is_known(&self) -> bool {
        !self.cpu_number.load(Ordering::Relaxed).is_null()
    }

    /// Calls the library's own setter, which makes its pool grow where it has to.
    fn really_set(&self, count: c_int) {
        let address = self.set.load(Ordering::Relaxed);
        if address != 0 {
            // SAFETY: the library's `void openblas_set_num_threads(int)`, and it is loaded.
            let set = unsafe { std::mem::transmute::<usize, extern "C" fn(c_int)>(address) };
            set(count);
        }
    }

    /// Calls the library's own getter.
    fn really_get(&self) -> c_int {
        let address = self.get.load(Ordering::Relaxed);
        if address == 0 {
            return read(&self.cpu_number);
        }
        // SAFETY: the library's `int openblas_get_num_threads(void)`, and it is loaded.
        let get = unsafe { std::mem::transmute::<usize, extern "C" fn() -> c_int>(address) };
        get()
    }
}

/// Gives every copy back the number that the program had set, or that the library had chosen.
pub(crate) fn restore() {
    for (number, copy) in KNOWN.iter().enumerate().filter(|(_, copy)| copy.is_known()) {
        let limit = c_int::try_from(copy.limit.load(Ordering::Relaxed)).unwrap_or(1);
        copy.governed.store(false, Ordering::Relaxed);
        if !copy.openmp.load(Ordering::Relaxed) {
            copy.really_set(limit);
        } else if !openblas_openmp::is_busy(number) {
            // Not by its setter, which sets OpenMP's number of this thread too.
            write(&copy.cpu_number, limit);
        }
    }
}

/// Forgets copies of which `is_there` denies, by an address in it, that they are still loaded.
pub(crate) fn forget_unless(is_there: impl Fn(usize) -> bool) {
    // They are found again by the copies that stay.
    for front in &FRONTS {
        front.start.store(0, Ordering::Relaxed);
        front.end.store(0, Ordering::Relaxed);
    }
    for copy in KNOWN.iter().filter(|copy| copy.is_known()) {
        if copy.pinned.load(Ordering::Relaxed) || is_there(copy.set.load(Ordering::Relaxed)) {
            continue;
        }
        copy.registered.store(false, Ordering::Relaxed);
        copy.governed.store(false, Ordering::Relaxed);
        copy.cpu_number.store(std::ptr::null_mut(), Ordering::Release);
        copy.num_threads.store(std::ptr::null_mut(), Ordering::Release);
        for address in [&copy.start, &copy.end, &copy.set, &copy.get] {
            address.store(0, Ordering::Relaxed);
        }
    }
}

/// Names by which copies export the functions that set and read the thread count: plain, and with
/// the prefixes and suffixes of SciPy's builds and of builds with 64-bit integers.
pub(crate) const CONTROLS: &[&[u8]] = &[
    b"openblas_set_num_threads",
    b"openblas_set_num_threads64_",
    b"scipy_openblas_set_num_threads",
    b"scipy_openblas_set_num_threads64_",
    b"openblas_set_num_threads_",
    b"openblas_set_num_threads_64_",
    b"scipy_openblas_set_num_threads_",
    b"scipy_openblas_set_num_threads_64_",
    b"openblas_get_num_threads",
    b"openblas_get_num_threads64_",
    b"scipy_openblas_get_num_threads",
    b"scipy_openblas_get_num_threads64_",
    b"openblas_get_num_threads_",
    b"openblas_get_num_threads_64_",
    b"scipy_openblas_get_num_threads_",
    b"scipy_openblas_get_num_threads_64_",
    b"openblas_set_num_threads_local",
    b"goto_set_num_threads",
    b"goto_set_num_threads64_",
    b"scipy_goto_set_num_threads",
    b"scipy_goto_set_num_threads64_",
];

/// The function that takes the place of one by which a program sets or reads the thread count;
/// `None` where the name is none of those.
pub(crate) fn replacement(number: u8, name: &[u8]) -> Option<usize> {
    if is_openmp(number) && name.starts_with(b"goto_") {
        // It calls this one itself, before parallel parts.
        return None;
    }
    let has = |part: &[u8]| name.windows(part.len()).any(|window| window == part);
    if has(b"openblas_set_num_threads_local") {
        return WRAPPERS.get(usize::from(number)).map(|w| w.set_local as *const () as usize);
    }
    let fortran = name.ends_with(b"_") || name.ends_with(b"_64_");
    let wrappers = WRAPPERS.get(usize::from(number))?;
    if has(b"openblas_set_num_threads") || has(b"goto_set_num_threads") {
        // `…_num_threads64_` is the C function with the suffix `64_`; `…_num_threads_64_` and
        // `…_num_threads_` take a pointer.
        let by_pointer = fortran && has(b"num_threads_");
        return Some(if by_pointer {
            wrappers.set_by_pointer as *const () as usize
        } else {
            wrappers.set as *const () as usize
        });
    }
    has(b"openblas_get_num_threads").then_some(wrappers.get as *const () as usize)
}

struct Wrappers {
    set: extern "C" fn(c_int),
    set_by_pointer: extern "C" fn(*const c_int),
    set_local: extern "C" fn(c_int) -> c_int,
    get: extern "C" fn() -> c_int,
}

macro_rules! wrappers {
    ($($number:literal)*) => {
        [$(Wrappers {
            set: set_limit::<$number>,
            set_by_pointer: set_limit_by_pointer::<$number>,
            set_local: set_limit_and_get_last::<$number>,
            get: get_limit::<$number>,
        }),*]
    };
}

static WRAPPERS: [Wrappers; COPIES] = wrappers!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15);

extern "C" fn set_limit<const NUMBER: usize>(count: c_int) {
    let Some(copy) = KNOWN.get(NUMBER) else { return };
    if !crate::hooks::is_active() {
        // A program may have kept the pointer longer than the governor governed.
        copy.really_set(count);
        return;
    }
    // As `goto_set_num_threads`: below 1 means what the library had chosen.
    let count = if count < 1 { copy.chosen.load(Ordering::Relaxed) } else { count };
    let threads = u32::try_from(count).unwrap_or(1);
    let is_openmp = copy.openmp.load(Ordering::Relaxed);
    if !is_openmp && threads::current().is_some_and(|thread| thread.choose(NUMBER, threads)) {
        return;
    }
    copy.limit.store(threads, Ordering::Relaxed);
    if is_openmp {
        openblas_openmp::set_limit(NUMBER, count);
        return;
    }
    // Calls that no hook sees follow the limit too.
    let budget = i32::try_from(crate::process::budget()).unwrap_or(1);
    write(&copy.cpu_number, count.min(read(&copy.num_threads)).min(budget).max(1));
}

extern "C" fn set_limit_by_pointer<const NUMBER: usize>(count: *const c_int) {
    // SAFETY: the function that this stands for reads an `int` through the pointer too.
    if let Some(count) = unsafe { count.as_ref() } {
        set_limit::<NUMBER>(*count);
    }
}

extern "C" fn set_limit_and_get_last<const NUMBER: usize>(count: c_int) -> c_int {
    let last = get_limit::<NUMBER>();
    set_limit::<NUMBER>(count);
    last
}

extern "C" fn get_limit<const NUMBER: usize>() -> c_int {
    let Some(copy) = KNOWN.get(NUMBER) else { return 1 };
    if !crate::hooks::is_active() {
        return copy.really_get();
    }
    let limit = copy.limit.load(Ordering::Relaxed);
    let own = threads::current().filter(|_| !copy.openmp.load(Ordering::Relaxed));
    c_int::try_from(own.map_or(limit, |thread| thread.limited(NUMBER, limit))).unwrap_or(1)
}
