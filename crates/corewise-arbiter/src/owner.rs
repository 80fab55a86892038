//! Who a slot belongs to.

/// Bits of the start time that an [`Owner`] keeps: at 100 ticks a second it wraps after 62 days.
/// To be taken for the one before it, a process must have its PID and hit its tick.
const TICK_BITS: u32 = 29;
const TICK_MASK: u64 = (1 << TICK_BITS) - 1;
/// Bits of a PID namespace's inode: enough that those of one host differ.
const NAMESPACE_MASK: u64 = (1 << 12) - 1;
const START_BITS: u32 = TICK_BITS + 12;
const START_MASK: u64 = (1 << START_BITS) - 1;
/// `PID_MAX_LIMIT` of Linux is 2^22: every PID is below.
const PID_MASK: u64 = (1 << 22) - 1;

/// A process, told by when and where it started from a later one with the same PID, and from one
/// in another PID namespace.
///
/// One word, never 0, its top bit clear: a slot's owner changes in one atomic step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner(u64);

impl Owner {
    /// The process `pid` with the [`start`](Self::start) of an `Owner`. `None` for PID 0, which no
    /// process has.
    #[must_use]
    pub fn new(pid: u32, start: u64) -> Option<Self> {
        let pid = u64::from(pid) & PID_MASK;
        (pid != 0).then_some(Self((pid << START_BITS) | (start & START_MASK)))
    }

    /// The process `pid` that started `ticks` clock ticks after boot (`proc(5)`, field 22) in the
    /// PID namespace with this inode.
    #[must_use]
    pub fn in_namespace(namespace: u64, pid: u32, ticks: u64) -> Option<Self> {
        Self::new(pid, ((namespace & NAMESPACE_MASK) << TICK_BITS) | (ticks & TICK_MASK))
    }

    /// Its PID.
    #[must_use]
    pub fn pid(self) -> u32 {
        u32::try_from(self.0 >> START_BITS).unwrap_or(0)
    }

    /// When it started, in clock ticks since boot, with a mark of its PID namespace above: of use
    /// to tell processes apart.
    #[must_use]
    pub fn start(self) -> u64 {
        self.0 & START_MASK
    }

    /// Whether it started at that tick.
    pub(crate) const fn started_at(self, ticks: u64) -> bool {
        self.0 & TICK_MASK == ticks & TICK_MASK
    }

    /// Whether it may be in that PID namespace. Otherwise its PID means nothing there.
    pub(crate) const fn may_be_in(self, namespace: u64) -> bool {
        (self.0 >> TICK_BITS) & NAMESPACE_MASK == namespace & NAMESPACE_MASK
    }

    pub(crate) const fn word(self) -> u64 {
        self.0
    }

    pub(crate) const fn from_word(word: u64) -> Option<Self> {
        if word == 0 { None } else { Some(Self(word)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_told_from_a_later_one_with_its_pid() {
        let (early, late) = (Owner::new(4711, 10).unwrap(), Owner::new(4711, 11).unwrap());
        assert_ne!(early, late);
        assert_eq!((late.pid(), late.start()), (4711, 11));
        assert_eq!(Owner::new(0, 5), None);
    }

    #[test]
    fn a_process_is_told_from_one_in_another_namespace() {
        let here = Owner::in_namespace(0xf000_0001, 1, 77).unwrap();
        assert_ne!(Some(here), Owner::in_namespace(0xf000_0002, 1, 77));
        assert!(here.may_be_in(0xf000_0001) && !here.may_be_in(0xf000_0002));
        assert!(here.started_at(77) && !here.started_at(78));
        assert_eq!(Owner::new(here.pid(), here.start()), Some(here));
    }

    #[test]
    fn the_largest_pid_leaves_the_top_bit_clear() {
        let owner = Owner::new((1 << 22) - 1, u64::MAX).unwrap();
        assert_eq!(owner.word() >> 63, 0);
        assert_eq!(owner.pid(), (1 << 22) - 1);
    }
}
