//! The process's place in the session: its slot in the table, what it leases, and what it knows of
//! the others.

use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use corewise_arbiter::{
    Liveness, Owner, Request, SLOTS, SlotSet, Slots, Table, cpu_time, liveness, pid_namespace,
    this_process,
};

use crate::durations::{Length, Place};
use crate::threads::{self, Thread};
use crate::{callers, clock};

/// ms without progress after which a process's cores count as free: it was killed, stopped, or
/// waits for something.
const STALLED: u64 = 40;
/// ms after which a process in another PID namespace counts as idle unless it gave a sign of life.
const SILENT: u64 = 100;
/// Cores that a process must use outside of regions to count as one that computes.
const SERIAL: f64 = 0.4;
/// No slot: the table is full.
const NONE: usize = usize::MAX;

/// The session's table, or one of this process alone. Never unmapped: hooks may be in it.
static TABLE: AtomicPtr<Table> = AtomicPtr::new(ptr::null_mut());
/// Our slot in it.
static SLOT: AtomicUsize = AtomicUsize::new(NONE);
/// Who we are, as an `Owner`: PID and start time.
static ME: AtomicU64 = AtomicU64::new(0);
static MY_START: AtomicU64 = AtomicU64::new(0);
static NAMESPACE: AtomicU64 = AtomicU64::new(0);
/// A page that is zero in a forked process: whoever finds it so has to begin anew.
static PAGE: AtomicPtr<AtomicU32> = AtomicPtr::new(ptr::null_mut());
/// Changes when leases that were given cease to count: by a fork, by being uninstalled.
static GENERATION: AtomicU32 = AtomicU32::new(1);
/// The tick of the last look at the others.
static LOOKED: AtomicU64 = AtomicU64::new(0);
/// Cores that are used outside of regions: by other processes, and by this one's callers.
static SERIAL_CORES: AtomicU32 = AtomicU32::new(0);
/// The stalled slots, a bit each.
static STALLED_SLOTS: [AtomicU64; SLOTS / 64] = [const { AtomicU64::new(0) }; SLOTS / 64];
/// Fixed thread count of every region; 0 where counts follow the load.
static FIXED: AtomicU32 = AtomicU32::new(0);
/// Whether this process was forked from one that had had OpenMP teams.
static FORKED: AtomicBool = AtomicBool::new(false);

/// What was seen of another process at the last looks. Written under `LOOKED`'s exchange.
struct Seen {
    owner: AtomicU64,
    cpu: AtomicU64,
    at: AtomicU64,
    moved: AtomicU64,
}

static SEEN: [Seen; SLOTS] = [const {
    Seen {
        owner: AtomicU64::new(0),
        cpu: AtomicU64::new(0),
        at: AtomicU64::new(0),
        moved: AtomicU64::new(0),
    }
}; SLOTS];

/// What a region got.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lease {
    /// Threads that it may run.
    pub(crate) cores: u32,
    /// The generation in which it was leased.
    pub(crate) generation: u32,
    /// The slot that it was leased in.
    pub(crate) slot: usize,
}

impl Lease {
    /// Nothing that would have to be given back.
    pub(crate) const NOTHING: Self = Self { cores: 0, generation: 0, slot: NONE };
    /// The caller's own core, which the table does not know of.
    const UNCOUNTED: Self = Self { cores: 1, generation: 0, slot: NONE };
}

/// Joins a table. The one before, if any, is left.
pub(crate) fn join(table: Table, root: bool) {
    check_for_fork();
    leave();
    let settings = table.settings();
    let fixed = match (settings.deterministic, root) {
        (false, _) => 0,
        (true, true) => settings.budget,
        (true, false) => 1,
    };
    FIXED.store(fixed, Ordering::Relaxed);
    // A few bytes a `govern()`: hooks of other threads may still be looking at the last one.
    TABLE.store(Box::into_raw(Box::new(table)), Ordering::Release);
    NAMESPACE.store(pid_namespace(), Ordering::Relaxed);
    PAGE.store(wiped_by_fork(), Ordering::Relaxed);
    // What was seen under the table before may be of this very tick, and is not true any more.
    SERIAL_CORES.store(0, Ordering::Relaxed);
    LOOKED.store(0, Ordering::Relaxed);
    take_slot();
}

/// Gives up the slot with everything in it.
pub(crate) fn leave() {
    GENERATION.fetch_add(1, Ordering::SeqCst);
    let slot = SLOT.swap(NONE, Ordering::SeqCst);
    if let (Some(slots), true) = (slots(), slot != NONE) {
        slots.release(slot);
    }
    callers::forget();
    threads::forget_callers();
}

/// The budget of the session, in cores.
pub(crate) fn budget() -> u32 {
    table().map_or(1, |table| table.settings().budget)
}

/// Whether counts are fixed.
pub(crate) fn is_deterministic() -> bool {
    FIXED.load(Ordering::Relaxed) != 0
}

/// Whether this process was forked off a thread that had had an OpenMP team: GNU OpenMP would wait
/// for the team's threads, which a fork does not copy.
pub(crate) fn lost_its_team() -> bool {
    FORKED.load(Ordering::Relaxed)
}

/// Leases cores for a region of `thread` at `place` that could use `asked`.
#[inline]
pub(crate) fn lease(thread: &Thread, asked: u32, place: Place) -> Lease {
    lease_for(thread, asked, None, place)
}

/// As [`lease`], for a region that has `count` threads whatever is free.
pub(crate) fn lease_team(thread: &Thread, count: u32, place: Place) -> Lease {
    lease_for(thread, count, Some(count), place)
}

/// As [`lease`]. `given`: how many threads the region has whatever is free.
#[inline]
fn lease_for(thread: &Thread, asked: u32, given: Option<u32>, place: Place) -> Lease {
    let asked = asked.min(MOST);
    let now = clock::now_ms();
    let own_callers = note_caller(thread, now);
    let Some(table) = table() else { return Lease::UNCOUNTED };
    if LOOKED.load(Ordering::Relaxed) != now {
        look(now);
    }
    // After the look, which may take a slot and begin a generation.
    let generation = GENERATION.load(Ordering::Relaxed);
    let slot = SLOT.load(Ordering::Relaxed);
    let fixed = FIXED.load(Ordering::Relaxed);
    let slots = table.slots();
    if fixed != 0 {
        let alone = Request { asked: 1, budget: 1, own_callers, stalled: SlotSet::default(), now };
        slots.lease(slot, alone);
        slots.record(slot, asked, given.unwrap_or(fixed.min(asked)));
        let lease = Lease { cores: fixed.min(asked).max(1) | FIXED_BIT, generation, slot };
        return of_this_generation(slots, lease);
    }
    let serial = SERIAL_CORES.load(Ordering::Relaxed);
    let mut request = Request {
        asked,
        budget: table.settings().budget.saturating_sub(serial).max(1),
        own_callers,
        stalled: stalled(),
        now,
    };
    if asked > 1 {
        let others = slots.others(slot, &request.stalled, now).callers + serial;
        let most = callers::most(own_callers + others, now);
        request.own_callers = match place.length() {
            Length::Tiny => own_callers.max(most.longer.saturating_sub(others)),
            Length::Short => own_callers.max(most.of_late.saturating_sub(others)),
            // Those that are in no region were of late: whether they still compute is worth a look.
            Length::Long => {
                let inside = slots.own(slot).0 + 1;
                let outside = || threads::running_callers(now);
                if own_callers > inside { own_callers.min(inside + outside()) } else { own_callers }
            }
            Length::Unknown => own_callers,
        };
    }
    let cores = slots.lease(slot, request);
    slots.record(slot, asked, given.unwrap_or(cores));
    of_this_generation(slots, Lease { cores, generation, slot })
}

/// A lease that was taken while the slot was given up is given back at once: nobody else would.
fn of_this_generation(slots: Slots<'_>, lease: Lease) -> Lease {
    if GENERATION.load(Ordering::SeqCst) == lease.generation {
        return lease;
    }
    slots.give_back(lease.slot, lease.held());
    Lease { generation: 0, slot: NONE, ..lease }
}

/// Marks a count that is fixed: the table knows of one core only.
const FIXED_BIT: u32 = 1 << 15;
/// The most threads of a region: a lease is kept in 16 bits.
const MOST: u32 = FIXED_BIT - 1;

impl Lease {
    /// Threads for the region.
    pub(crate) fn threads(self) -> u32 {
        self.cores & !FIXED_BIT
    }

    /// Cores that the table knows of.
    fn held(self) -> u32 {
        if self.cores & FIXED_BIT == 0 { self.cores } else { 1 }
    }
}

/// Gives a part of a lease back that the region has no use for.
pub(crate) fn shrink(lease: Lease, threads: u32) -> Lease {
    let surplus = lease.cores.saturating_sub(threads);
    if lease.cores & FIXED_BIT != 0 || surplus == 0 {
        return lease;
    }
    if let Some(slots) = slots() {
        slots.shrink(lease.slot, surplus);
    }
    Lease { cores: lease.cores - surplus, ..lease }
}

/// Gives back what a region got.
#[inline]
pub(crate) fn give_back(thread: &Thread, lease: Lease) {
    if lease.generation & 0xffff != GENERATION.load(Ordering::Relaxed) & 0xffff {
        return;
    }
    note_caller(thread, clock::now_ms());
    let Some(slots) = slots() else { return };
    slots.give_back(lease.slot, lease.held());
}

/// Threads that a region which goes on may use when another one has ended: everything, if its
/// caller is the only one left anywhere. `None`: as before.
pub(crate) fn after_leaving() -> Option<u32> {
    if is_deterministic() {
        return None;
    }
    let slots = slots()?;
    let slot = SLOT.load(Ordering::Relaxed);
    let (own, _) = slots.own(slot);
    let now = clock::now_ms();
    let others = slots.others(slot, &stalled(), now);
    let serial = SERIAL_CORES.load(Ordering::Relaxed);
    (own == 1 && others.callers == 0).then(|| budget().saturating_sub(serial).max(1))
}

fn note_caller(thread: &Thread, now: u64) -> u32 {
    let window = callers::window(now);
    let seen = thread.window.load(Ordering::Relaxed);
    let callers = callers::count(seen, window);
    thread.window.store(window, Ordering::Relaxed);
    callers
}

fn stalled() -> SlotSet {
    let mut set = SlotSet::default();
    for (word, bits) in STALLED_SLOTS.iter().enumerate() {
        set.set_word(word, bits.load(Ordering::Relaxed));
    }
    set
}

/// Looks at the other processes, once a tick of the clock and by one thread.
#[cold]
fn look(now: u64) {
    let last = LOOKED.load(Ordering::Relaxed);
    if last == now
        || LOOKED.compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed).is_err()
    {
        return;
    }
    let Some(slots) = slots() else { return };
    let mine = SLOT.load(Ordering::Relaxed);
    let Some(me) = me() else { return };
    if mine == NONE {
        take_slot();
        return;
    }
    if !slots.is_mine(mine, me) {
        // We were taken for dead.
        GENERATION.fetch_add(1, Ordering::SeqCst);
        let _ = SLOT.compare_exchange(mine, NONE, Ordering::SeqCst, Ordering::SeqCst);
        take_slot();
        return;
    }
    slots.beat(mine, now);
    slots.publish(mine, callers::recent(callers::window(now)), now + 2 * callers::WINDOW);
    let window = callers::window(now);
    let computing = threads::computing(now, |seen| callers::is_between_regions(seen, window));
    let mut serial = f64::from(computing);
    for index in 0..slots.high() {
        if index != mine {
            serial += look_at(slots, index, me, now);
        }
    }
    // Rounded: what is used to a half is not free.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to SLOTS")]
    SERIAL_CORES.store((serial + 0.5) as u32, Ordering::Relaxed);
}

/// Looks at one slot, and says how many cores its process uses outside of regions.
fn look_at(slots: Slots<'_>, index: usize, me: Owner, now: u64) -> f64 {
    let Some(reading) = slots.read(index, now) else {
        if let Some(reaper) = slots.reaper(index)
            && liveness(reaper) == Liveness::Dead
        {
            slots.take_over(index, reaper, me);
        }
        set_stalled(index, false);
        return 0.0;
    };
    let Some(seen) = SEEN.get(index) else { return 0.0 };
    if reading.namespace != NAMESPACE.load(Ordering::Relaxed) {
        // Its PID means nothing here.
        set_stalled(index, now.saturating_sub(reading.beat) > SILENT);
        return 0.0;
    }
    let Some(cpu) = cpu_time(reading.owner.pid()) else {
        free_if_dead(slots, index, reading.owner, me);
        return 0.0;
    };
    let owner = u64::from(reading.owner.pid()) << 32 ^ reading.owner.start();
    let known = seen.owner.swap(owner, Ordering::Relaxed) == owner;
    let before = seen.cpu.swap(cpu, Ordering::Relaxed);
    let at = seen.at.swap(now, Ordering::Relaxed);
    if known && cpu < before {
        // Another process has its PID.
        free_if_dead(slots, index, reading.owner, me);
        return 0.0;
    }
    if !known || cpu > before {
        seen.moved.store(now, Ordering::Relaxed);
        set_stalled(index, false);
    } else if now.saturating_sub(seen.moved.load(Ordering::Relaxed)) >= STALLED {
        if free_if_dead(slots, index, reading.owner, me) {
            return 0.0;
        }
        set_stalled(index, true);
        // Not again before it has been stalled for as long once more.
        seen.moved.store(now.saturating_sub(STALLED / 2), Ordering::Relaxed);
    }
    let elapsed = now.saturating_sub(at);
    if !known || elapsed == 0 || elapsed > 100 || reading.callers > 0 || reading.recent > 0 {
        return 0.0;
    }
    let used = (cpu.saturating_sub(before)) as f64 / (elapsed as f64 * 1e6);
    if used > SERIAL { used } else { 0.0 }
}

fn free_if_dead(slots: Slots<'_>, index: usize, owner: Owner, me: Owner) -> bool {
    let dead = liveness(owner) == Liveness::Dead;
    if dead {
        slots.reap(index, owner, me);
    }
    set_stalled(index, false);
    dead
}

fn set_stalled(index: usize, is: bool) {
    let Some(word) = STALLED_SLOTS.get(index / 64) else { return };
    let bit = 1 << (index % 64);
    if is {
        word.fetch_or(bit, Ordering::Relaxed);
    } else if word.load(Ordering::Relaxed) & bit != 0 {
        word.fetch_and(!bit, Ordering::Relaxed);
    }
}

fn table() -> Option<&'static Table> {
    // SAFETY: a table that was stored is never freed.
    unsafe { TABLE.load(Ordering::Acquire).as_ref() }
}

fn slots() -> Option<Slots<'static>> {
    table().map(Table::slots)
}

fn me() -> Option<Owner> {
    let pid = u32::try_from(ME.load(Ordering::Relaxed)).ok()?;
    Owner::new(pid, MY_START.load(Ordering::Relaxed))
}

fn take_slot() {
    let Some(owner) = this_process() else { return };
    ME.store(owner.pid().into(), Ordering::Relaxed);
    MY_START.store(owner.start(), Ordering::Relaxed);
    let Some(slots) = slots() else { return };
    let namespace = NAMESPACE.load(Ordering::Relaxed);
    let Some(mine) = slots.claim(owner, namespace, clock::now_ms()) else { return };
    // Another thread may have come to do the same.
    if SLOT.compare_exchange(NONE, mine, Ordering::SeqCst, Ordering::SeqCst).is_err() {
        slots.release(mine);
    }
}

/// Begins anew in a forked process, whether a handler of the fork ran or not.
#[inline]
pub(crate) fn check_for_fork() {
    // SAFETY: the page is never unmapped.
    if let Some(page) = unsafe { PAGE.load(Ordering::Relaxed).as_ref() }
        && page.load(Ordering::Relaxed) == 0
    {
        begin_anew(page);
    }
}

/// In a forked process, from the handler or, where none ran (a raw `clone`), at the first hook.
#[cold]
fn begin_anew(page: &AtomicU32) {
    if page.compare_exchange(0, 1, Ordering::SeqCst, Ordering::SeqCst).is_err() {
        return;
    }
    let had_team =
        threads::current().is_some_and(|thread| thread.had_team.swap(false, Ordering::Relaxed));
    FORKED.store(had_team || FORKED.load(Ordering::Relaxed), Ordering::Relaxed);
    GENERATION.fetch_add(1, Ordering::SeqCst);
    // The slot is the parent's.
    SLOT.store(NONE, Ordering::SeqCst);
    threads::after_fork();
    callers::forget();
    for seen in &SEEN {
        seen.owner.store(0, Ordering::Relaxed);
    }
    if FIXED.load(Ordering::Relaxed) != 0 {
        FIXED.store(1, Ordering::Relaxed);
    }
    if crate::hooks::is_active() {
        take_slot();
    }
}

/// The handler of a fork's child.
pub(crate) fn after_fork() {
    // SAFETY: the page is never unmapped.
    match unsafe { PAGE.load(Ordering::Relaxed).as_ref() } {
        Some(_) => check_for_fork(),
        None => begin_anew(&AtomicU32::new(0)),
    }
}

/// A page that reads as 1 here and as 0 in a forked process; null where the kernel has no such
/// (before Linux 4.14), and only the handler of `pthread_atfork` tells.
fn wiped_by_fork() -> *mut AtomicU32 {
    let before = PAGE.load(Ordering::Relaxed);
    if !before.is_null() {
        return before;
    }
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a new mapping at an address of the kernel's choice touches nothing that exists.
    let page = unsafe { libc::mmap(ptr::null_mut(), 4096, protection, flags, -1, 0) };
    if page == libc::MAP_FAILED {
        return ptr::null_mut();
    }
    // SAFETY: the page was just mapped. What the call changes is what a fork does with it.
    if unsafe { libc::madvise(page, 4096, libc::MADV_WIPEONFORK) } != 0 {
        return ptr::null_mut();
    }
    let page = page.cast::<AtomicU32>();
    // SAFETY: the page is mapped, aligned, and nobody else knows it yet.
    unsafe { &*page }.store(1, Ordering::SeqCst);
    page
}
