//! The triangular distribution.

use crate::bit_generator::Source;
use crate::distribution::{Distribution, Layout};

/// `Generator.triangular(left, mode, right)`.
#[derive(Debug, Clone, Copy)]
pub struct Triangular {
    left: f64,
    right: f64,
    /// How likely a value is below the mode.
    ratio: f64,
    left_product: f64,
    right_product: f64,
}

impl Triangular {
    /// With NumPy's parameters of these names.
    #[must_use]
    pub fn new(left: f64, mode: f64, right: f64) -> Self {
        let (base, left_base) = (right - left, mode - left);
        Self {
            left,
            right,
            ratio: left_base / base,
            left_product: left_base * base,
            right_product: (right - mode) * base,
        }
    }
}

impl Distribution for Triangular {
    type Value = f64;

    fn layout(&self) -> Layout {
        Layout::Fixed(1)
    }

    fn sample<S: Source>(&self, source: &mut S) -> f64 {
        let u = source.next_f64();
        if u <= self.ratio {
            self.left + (u * self.left_product).sqrt()
        } else {
            self.right - ((1.0 - u) * self.right_product).sqrt()
        }
    }
}
