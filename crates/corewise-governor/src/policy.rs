//! Thread counts of OpenMP teams. What a region may get at most is decided by the lease
//! ([`corewise_arbiter::Slots::lease`]).

/// Threads of a team that may have `share` and asked for `asked`: all that it asked for, or a power
/// of two.
///
/// GNU OpenMP starts and ends threads when a caller's team changes its size (measured: 0.3 ms), so
/// sizes are few.
pub(crate) fn team(share: u32, asked: u32) -> u32 {
    if share >= asked {
        return asked.max(1);
    }
    match share {
        0 | 1 => 1,
        share => 1 << share.ilog2(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_few_and_never_above_share_or_demand() {
        assert_eq!(team(0, 4), 1);
        assert_eq!(team(3, 3), 3);
        assert_eq!(team(3, 8), 2);
        assert_eq!(team(7, 8), 4);
        assert_eq!(team(16, 6), 6);
        for share in 1..100 {
            for asked in 1..100 {
                assert!(team(share, asked) <= share.min(asked).max(1));
            }
        }
    }
}
