//! Uniform numbers.

use crate::bit_generator::{AnyGenerator, Source};
use crate::distribution::{Distribution, Layout};

/// Values that are worked on while they are in the first-level cache.
const BLOCK: usize = 2048;

/// `Generator.random()`: uniform in [0, 1).
#[derive(Debug, Clone, Copy, Default)]
pub struct StandardUniform;

impl Distribution for StandardUniform {
    type Value = f64;

    fn layout(&self) -> Layout {
        Layout::Fixed(1)
    }

    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        source.next_f64()
    }

    fn fill_from(&self, generator: &mut dyn AnyGenerator, out: &mut [f64]) {
        generator.fill_f64(out);
    }
}

/// `Generator.random(dtype=np.float32)`: uniform in [0, 1).
#[derive(Debug, Clone, Copy, Default)]
pub struct StandardUniform32;

impl Distribution for StandardUniform32 {
    type Value = f32;

    const RAWS: bool = false;
    const HALVES: bool = true;

    fn layout(&self) -> Layout {
        Layout::Halves
    }

    fn sample<S: Source>(&self, source: &mut S) -> f32 {
        source.next_f32()
    }

    fn fill_from(&self, generator: &mut dyn AnyGenerator, out: &mut [f32]) {
        generator.fill_f32(out);
    }
}

/// `Generator.uniform(low, high)`.
#[derive(Debug, Clone, Copy)]
pub struct Uniform {
    low: f64,
    range: f64,
}

impl Uniform {
    /// NumPy refuses a range that is negative or overflows; here the caller does.
    #[must_use]
    pub fn new(low: f64, high: f64) -> Self {
        Self { low, range: high - low }
    }
}

impl Distribution for Uniform {
    type Value = f64;

    fn layout(&self) -> Layout {
        Layout::Fixed(1)
    }

    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        self.low + self.range * source.next_f64()
    }

    fn fill_from(&self, generator: &mut dyn AnyGenerator, out: &mut [f64]) {
        for block in out.chunks_mut(BLOCK) {
            generator.fill_f64(block);
            for value in block {
                *value = self.low + self.range * *value;
            }
        }
    }
}
