//! What is done with a bit generator.

use corewise_rng::AnyGenerator;
use pyo3::prelude::*;

/// What to do with a generator of any kind.
pub(super) trait Work {
    /// Does it; the bit generator moves on only if this succeeds.
    fn run(self, py: Python<'_>, generator: &mut dyn AnyGenerator) -> PyResult<()>;
}
