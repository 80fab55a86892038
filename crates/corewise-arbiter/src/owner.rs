//! Who a slot belongs to.

/// Bits of the start time that an [`Owner`] keeps: at 100 ticks a second it wraps after 700 years.
const START_BITS: u32 = 41;
const START_MASK: u64 = (1 << START_BITS) - 1;
/// `PID_MAX_LIMIT` of Linux is 2^22, so a PID fits in 22 bits.
const PID_MASK: u64 = (1 << 22) - 1;

/// A process, told from a later one with the same PID by when it started.
///
/// One word, never 0, its top bit clear: a slot's owner changes in one atomic step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Owner(u64);

impl Owner {
    /// The process `pid` that started `start` clock ticks after boot (`proc(5)`, field 22).
    /// `None` for PID 0, which no process has.
    #[must_use]
    pub fn new(pid: u32, start: u64) -> Option<Self> {
        let pid = u64::from(pid) & PID_MASK;
        (pid != 0).then_some(Self((pid << START_BITS) | (start & START_MASK)))
    }

    /// Its PID.
    #[must_use]
    pub fn pid(self) -> u32 {
        u32::try_from(self.0 >> START_BITS).unwrap_or(0)
    }

    /// When it started, in clock ticks since boot.
    #[must_use]
    pub fn start(self) -> u64 {
        self.0 & START_MASK
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
    fn the_largest_pid_leaves_the_top_bit_clear() {
        let owner = Owner::new((1 << 22) - 1, u64::MAX).unwrap();
        assert_eq!(owner.word() >> 63, 0);
        assert_eq!(owner.pid(), (1 << 22) - 1);
    }
}
