//! NumPy's `bitgen_t`, which every bit generator gives in its capsule.

use std::ffi::c_void;

use corewise_rng::Source;
use pyo3::prelude::*;
use pyo3::types::{PyCapsule, PyCapsuleMethods};

/// `numpy/random/bitgen.h`.
#[repr(C)]
#[derive(Clone, Copy)]
pub(super) struct Bitgen {
    pub(super) state: *mut c_void,
    next_u64: unsafe extern "C" fn(*mut c_void) -> u64,
    next_u32: unsafe extern "C" fn(*mut c_void) -> u32,
    next_f64: unsafe extern "C" fn(*mut c_void) -> f64,
    next_raw: unsafe extern "C" fn(*mut c_void) -> u64,
}

// SAFETY: it is used by the thread that holds the bit generator's lock.
unsafe impl Send for Bitgen {}
// SAFETY: as above.
unsafe impl Sync for Bitgen {}

impl Bitgen {
    /// A copy of what the bit generator's capsule points to; its state stays where it is as long as
    /// the bit generator lives.
    pub(super) fn of(bit_generator: &Bound<'_, PyAny>) -> PyResult<Self> {
        let capsule = bit_generator.getattr("capsule")?.cast_into::<PyCapsule>()?;
        let pointer = capsule.pointer_checked(Some(c"BitGenerator"))?;
        // SAFETY: a capsule of this name points to a `bitgen_t`: it is how NumPy itself takes one.
        Ok(unsafe { *pointer.cast::<Self>().as_ptr() })
    }
}

/// Draws by the bit generator's own functions: for one value, or a few.
///
/// Whoever has it holds the bit generator's lock.
pub(super) struct Calls<'a>(pub(super) &'a Bitgen);

impl Source for Calls<'_> {
    fn next_u64(&mut self) -> u64 {
        // SAFETY: the bit generator lives, and its lock is held.
        unsafe { (self.0.next_u64)(self.0.state) }
    }

    fn next_u32(&mut self) -> u32 {
        // SAFETY: as above.
        unsafe { (self.0.next_u32)(self.0.state) }
    }

    fn next_f64(&mut self) -> f64 {
        // SAFETY: as above.
        unsafe { (self.0.next_f64)(self.0.state) }
    }
}
