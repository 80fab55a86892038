//! Units as types.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// A span of time, or a moment counted from the start of a recording, in nanoseconds.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Nanos(pub u64);

impl Nanos {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// One second.
    pub const SECOND: Self = Self(1_000_000_000);

    /// From whole milliseconds.
    #[must_use]
    pub const fn from_millis(ms: u64) -> Self {
        Self(ms * 1_000_000)
    }

    /// From seconds; negative and non-finite values become zero.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    pub fn from_secs_f64(s: f64) -> Self {
        if s.is_finite() && s > 0.0 { Self((s * 1e9) as u64) } else { Self::ZERO }
    }

    /// In seconds.
    #[must_use]
    pub fn as_secs_f64(self) -> f64 {
        self.0 as f64 / 1e9
    }

    /// The difference, or zero where `other` is larger.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for Nanos {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Nanos {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Nanos {
    type Output = Self;
    /// Saturates at zero: a counter that a kernel reset must not end the report.
    fn sub(self, other: Self) -> Self {
        self.saturating_sub(other)
    }
}

impl Sum for Nanos {
    fn sum<I: Iterator<Item = Self>>(iter: I) -> Self {
        iter.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.0 as f64;
        match self.0 {
            0..1_000 => write!(f, "{} ns", self.0),
            1_000..1_000_000 => write!(f, "{:.1} µs", n / 1e3),
            1_000_000..1_000_000_000 => write!(f, "{:.1} ms", n / 1e6),
            _ => write!(f, "{:.2} s", n / 1e9),
        }
    }
}

/// A number of cores; a CPU quota makes it a fraction (150 ms in 100 ms is 1.5 cores).
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cores(pub f64);

impl Cores {
    /// How many threads a pool should have on this many cores: rounded half up, at least 1.
    ///
    /// Half a core or more is worth a further thread, because the quota is then used in full and
    /// each thread loses at most a third of its time to throttling. Less than half is not: the
    /// pool would be throttled for most of what the thread adds.
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
    pub fn threads(self) -> u32 {
        (self.0 + 0.5).floor().clamp(1.0, f64::from(u32::MAX)) as u32
    }
}

impl fmt::Display for Cores {
    /// At most two decimals, and none that are zero: `2`, `1.5`, `0.25`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = format!("{:.2}", self.0);
        f.write_str(text.trim_end_matches('0').trim_end_matches('.'))
    }
}

/// An amount of CPU capacity: one core for one second is 1.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CoreSeconds(pub f64);

impl fmt::Display for CoreSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} core-seconds", self.0)
    }
}

/// A process, by the number that the kernel gives it in corewise's PID namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pid(pub u32);

impl fmt::Display for Pid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A thread, by the number that the kernel gives it in corewise's PID namespace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tid(pub u32);

impl fmt::Display for Tid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cores_are_rounded_half_up_and_never_to_zero() {
        let of = |c| Cores(c).threads();
        assert_eq!(
            [of(0.1), of(0.5), of(1.0), of(1.49), of(1.5), of(2.4), of(64.0)],
            [1, 1, 1, 1, 2, 2, 64]
        );
    }

    #[test]
    fn cores_print_without_empty_decimals() {
        assert_eq!(
            [2.0, 1.5, 0.25, 10.0, 0.333].map(|c| Cores(c).to_string()),
            ["2", "1.5", "0.25", "10", "0.33"]
        );
    }

    #[test]
    fn nanos_choose_their_unit() {
        assert_eq!(
            [12, 1_500, 20_000_000, 1_500_000_000].map(|n| Nanos(n).to_string()),
            ["12 ns", "1.5 µs", "20.0 ms", "1.50 s"]
        );
    }
}
