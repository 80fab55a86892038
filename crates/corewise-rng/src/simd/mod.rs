//! Kernels for the SIMD instructions of the machine, chosen at run time; each gives the bits of the
//! scalar code.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_ptr_alignment,
    clippy::cast_sign_loss,
    reason = "bits are taken apart, and read and written where there is no alignment to keep"
)]
#![allow(
    clippy::inline_always,
    reason = "a function has the instructions of a level only where it is inlined into one that has"
)]
#![allow(clippy::wildcard_imports, reason = "what the instructions of a machine are called")]

pub(crate) mod halves;
mod integers;
pub(crate) mod mt19937;
pub(crate) mod pcg;
pub(crate) mod philox;
mod ziggurat;

use std::sync::OnceLock;

/// Which instructions the kernels may use. A level is above another where it allows more; those of two
/// architectures are never both available.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Those of every machine.
    Scalar,
    /// NEON, which every aarch64 has. Below those of x86-64, so that what allows one of them allows
    /// NEON too.
    Neon,
    /// AVX2, FMA, BMI2.
    Avx2,
    /// AVX-512 F, BW, DQ, VL.
    Avx512,
    /// Those and AVX-512 IFMA, VBMI2.
    Ifma,
}

/// The environment variable that keeps the kernels below what the machine could do: `scalar`, `avx2`
/// or `avx512`. On aarch64 `scalar` does without NEON, and the others change nothing.
pub const VARIABLE: &str = "COREWISE_SIMD";

impl Level {
    /// All, from the simplest.
    pub const ALL: [Self; 5] = [Self::Scalar, Self::Neon, Self::Avx2, Self::Avx512, Self::Ifma];

    /// The best that this machine has, and that [`VARIABLE`] allowed when it was first asked for.
    #[must_use]
    pub fn best() -> Self {
        static BEST: OnceLock<Level> = OnceLock::new();
        *BEST.get_or_init(|| {
            let allowed = std::env::var(VARIABLE).ok().and_then(|name| Self::allowed_by(&name));
            allowed.unwrap_or(Self::Ifma).usable()
        })
    }

    /// The highest level that this value of [`VARIABLE`] allows.
    fn allowed_by(name: &str) -> Option<Self> {
        match name {
            "scalar" => Some(Self::Scalar),
            "avx2" => Some(Self::Avx2),
            "avx512" => Some(Self::Ifma),
            _ => None,
        }
    }

    /// Whether this machine has it.
    #[must_use]
    pub fn available(self) -> bool {
        self.of_architecture() && self <= Self::of_machine()
    }

    /// The level, or the best below it that this machine has.
    pub(in crate::simd) fn usable(self) -> Self {
        let level = self.min(Self::of_machine());
        if level.of_architecture() { level } else { Self::Scalar }
    }

    /// Whether machines of this architecture may have it.
    fn of_architecture(self) -> bool {
        match self {
            Self::Scalar => true,
            Self::Neon => cfg!(target_arch = "aarch64"),
            Self::Avx2 | Self::Avx512 | Self::Ifma => cfg!(target_arch = "x86_64"),
        }
    }

    #[cfg(target_arch = "x86_64")]
    fn of_machine() -> Self {
        let avx2 = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("lzcnt")
            && is_x86_feature_detected!("popcnt");
        let avx512 = avx2
            && is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        let ifma = avx512
            && is_x86_feature_detected!("avx512ifma")
            && is_x86_feature_detected!("avx512vbmi2");
        match (avx2, avx512, ifma) {
            (_, _, true) => Self::Ifma,
            (_, true, _) => Self::Avx512,
            (true, _, _) => Self::Avx2,
            _ => Self::Scalar,
        }
    }

    #[cfg(target_arch = "aarch64")]
    fn of_machine() -> Self {
        Self::Neon
    }

    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    fn of_machine() -> Self {
        Self::Scalar
    }
}

/// A level whose instructions the machine has: found out once, and not again for each block.
#[derive(Debug, Clone, Copy)]
pub(in crate::simd) struct Usable(
    #[cfg_attr(
        not(any(target_arch = "x86_64", target_arch = "aarch64")),
        expect(dead_code, reason = "there is one level")
    )]
    Level,
);

impl Usable {
    /// The level, or the best below it that the machine has.
    pub(in crate::simd) fn of(level: Level) -> Self {
        Self(level.usable())
    }

    /// Whether the instructions of `level`, which is one of this architecture, may be used.
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    #[inline(always)]
    pub(in crate::simd) fn has(self, level: Level) -> bool {
        self.0 >= level
    }
}

/// Fetches a line of memory into the cache, to be written to. Packing alone would write faster than
/// memory takes it, and the survey not at all: so the one waits for memory while the other computes.
#[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
#[inline(always)]
pub(in crate::simd) fn fetch_to_write<T>(at: *const T) {
    // SAFETY: a hint, that does nothing where there is no memory or no such instruction.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        std::arch::asm!(
            "prefetchw byte ptr [{}]",
            in(reg) at,
            options(nostack, preserves_flags, readonly),
        );
    }
    // SAFETY: a hint, that does nothing where there is no memory.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        std::arch::asm!(
            "prfm pstl1keep, [{}]",
            in(reg) at,
            options(nostack, preserves_flags, readonly),
        );
    }
}

#[cfg(test)]
mod tests;
