//! The bit generators as generators of the [`rand`](https://docs.rs/rand) crates.
//!
//! A seed of 16 bytes or 64 bits is an integer, from which NumPy's `SeedSequence` seeds:
//!
//! ```
//! use corewise_rng::Pcg64;
//! use rand_core::{Rng, SeedableRng};
//!
//! // numpy.random.PCG64(42).random_raw()
//! assert_eq!(Pcg64::seed_from_u64(42).next_u64(), 14_276_969_152_011_380_360);
//! ```

use std::convert::Infallible;

use rand_core::{SeedableRng, TryRng};

use crate::bit_generator::Source;
use crate::integers::bytes;
use crate::mt19937::Mt19937;
use crate::pcg64::{Pcg64, Pcg64Dxsm};
use crate::philox::Philox;
use crate::seed_sequence::{FromSeed, SeedSequence};
use crate::sfc64::Sfc64;

macro_rules! rand_traits {
    ($($generator:ty),*) => {$(
        impl TryRng for $generator {
            type Error = Infallible;

            fn try_next_u32(&mut self) -> Result<u32, Infallible> {
                Ok(Source::next_u32(self))
            }

            fn try_next_u64(&mut self) -> Result<u64, Infallible> {
                Ok(Source::next_u64(self))
            }

            /// As `Generator.bytes`.
            fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
                bytes(self, out);
                Ok(())
            }
        }

        impl SeedableRng for $generator {
            /// An integer, its lowest byte first.
            type Seed = [u8; 16];

            fn from_seed(seed: Self::Seed) -> Self {
                Self::from_seed_sequence(&SeedSequence::from(u128::from_le_bytes(seed)))
            }

            fn seed_from_u64(seed: u64) -> Self {
                Self::from_seed_sequence(&SeedSequence::from(u128::from(seed)))
            }
        }
    )*};
}
rand_traits!(Pcg64, Pcg64Dxsm, Philox, Sfc64, Mt19937);

#[cfg(test)]
mod tests {
    use rand_core::Rng;

    use super::*;

    /// The same values by both families of traits, from the same seed.
    fn agree<G: Source + Rng + SeedableRng<Seed = [u8; 16]> + FromSeed>() {
        let mut seed = [0; 16];
        seed[0] = 7;
        for mut theirs in [G::seed_from_u64(7), G::from_seed(seed)] {
            let mut ours = G::from_seed_sequence(&SeedSequence::from(7));
            assert_eq!(Source::next_u32(&mut ours), Rng::next_u32(&mut theirs));
            assert_eq!(Source::next_u64(&mut ours), Rng::next_u64(&mut theirs));
            let (mut left, mut right) = ([0; 7], [0; 7]);
            bytes(&mut ours, &mut left);
            theirs.fill_bytes(&mut right);
            assert_eq!(left, right);
        }
    }

    #[test]
    fn the_traits_of_rand_draw_the_same() {
        agree::<Pcg64>();
        agree::<Pcg64Dxsm>();
        agree::<Philox>();
        agree::<Sfc64>();
        agree::<Mt19937>();
    }
}
