//! How many threads each runtime may use.

use std::num::NonZeroU32;

use crate::runtime::Runtime;

/// The most threads that each runtime may use; nothing for those without a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits([Option<NonZeroU32>; Runtime::ALL.len()]);

impl Limits {
    /// No limit on anything.
    #[must_use]
    pub const fn none() -> Self {
        Self([None; Runtime::ALL.len()])
    }

    /// Limits a runtime to `threads`, which replaces its limit. Below 1 counts as 1.
    #[must_use]
    pub fn with(mut self, runtime: Runtime, threads: u32) -> Self {
        self.0[runtime as usize] = Some(NonZeroU32::new(threads).unwrap_or(NonZeroU32::MIN));
        self
    }

    /// The limit on a runtime.
    #[must_use]
    pub fn of(&self, runtime: Runtime) -> Option<u32> {
        self.0[runtime as usize].map(NonZeroU32::get)
    }

    /// The smaller of both limits on each runtime.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        for (mine, other) in self.0.iter_mut().zip(other.0) {
            *mine = match (*mine, other) {
                (Some(mine), Some(other)) => Some(mine.min(other)),
                (mine, other) => mine.or(other),
            };
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smaller_limit_counts_and_none_is_no_limit() {
        let (blas, openmp) = (Runtime::OpenBlas, Runtime::Libgomp);
        let outer = Limits::none().with(blas, 4).with(openmp, 2);
        let inner = Limits::none().with(blas, 3);
        let both = outer.and(&inner);
        assert_eq!((both.of(blas), both.of(openmp)), (Some(3), Some(2)));
        assert_eq!(both.of(Runtime::Mkl), None);
        assert_eq!(both.and(&Limits::none()), both);
        assert_eq!(Limits::none().with(blas, 0).of(blas), Some(1));
    }
}
