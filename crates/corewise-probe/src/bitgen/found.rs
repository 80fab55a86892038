//! What a scan finds.

use super::State;

/// A bit generator in a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BitGenerator {
    /// Its type: `MT19937`, `PCG64`, `PCG64DXSM`, `Philox` or `SFC64`. A `PCG64DXSM` whose object
    /// could not be read is called `PCG64`.
    pub name: String,
    /// Where its state lies. Processes forked from one parent share the address.
    pub address: u64,
    /// The state when it was read.
    pub state: State,
    /// Where the `bitgen_t` lies.
    pub(super) place: u64,
    /// Its first function, to see whether it is still there.
    pub(super) function: u64,
}

/// What a scan found, and how much it did not look at.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Scan {
    /// The bit generators, by ascending address.
    pub generators: Vec<BitGenerator>,
    /// Bytes that were read.
    pub read: u64,
    /// Bytes of candidate memory that were left out, because they lie beyond the limit. The
    /// process may have further bit generators there.
    pub left_out: u64,
}
