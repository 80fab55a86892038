//! NumPy's bit generators in the memory of a running process: where they are, what state they are
//! in, and whether numbers were drawn from them. The process is neither stopped nor changed.
//!
//! # How they are found
//!
//! Every bit generator has a `bitgen_t` (numpy/random/bitgen.h): a pointer to its state, then four
//! pointers to functions of its own extension module. Such five words in a row are looked for in
//! the memory that Python objects live in, checked by the name of the object's type, and told apart
//! by the state's address: a `Generator` and a `RandomState` hold copies of the `bitgen_t` that
//! point to the same state. The layout is the same in NumPy 1.17 to 2.4. Bit generators of other
//! packages are not found.
//!
//! # How to tell a stream that was copied by fork
//!
//! Fork copies a bit generator to the same address in the child. A child whose state is
//! [`Change::Drawn`] from its parent's before the fork has used numbers of the parent's stream; two
//! such children have used the same. A child that was seeded anew is [`Change::Replaced`]. Both
//! answers are final for a child; only [`Change::Untouched`] needs another look.
//!
//! # What it costs
//!
//! Nothing but one read of `/proc/PID/maps` where NumPy's modules are not loaded. Else all resident
//! private memory is read once. Measured on a 2.6 GHz server CPU that was busy with other work,
//! optimised: 6 to 9 ms for a process that imported NumPy alone (11 MB), 0.5 ms for each further MB.
//! [`read_again`] takes 12 to 40 µs. A [`change`] takes under 1 µs, but up to 0.1 s for an MT19937
//! that was seeded anew, and for an SFC64 that drew 10⁸ numbers.

mod change;
mod found;
mod libraries;
mod mt19937;
mod pages;
mod pcg64;
mod philox;
mod search;
mod sfc64;
mod state;

pub use change::{Change, change, drawn};
pub use found::{BitGenerator, Scan};
pub use search::{read_again, scan};
pub use state::{State, fingerprint};
