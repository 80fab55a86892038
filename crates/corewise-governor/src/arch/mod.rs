//! The stubs that stand in the place of hooked functions, one implementation an architecture.

#[cfg(target_arch = "x86_64")]
mod x86_64;
#[cfg(target_arch = "x86_64")]
pub(crate) use x86_64::{dlsym_stub, stub};

#[cfg(not(target_arch = "x86_64"))]
mod none;
#[cfg(not(target_arch = "x86_64"))]
pub(crate) use none::{dlsym_stub, stub};

/// Stubs that there are, hence functions that can be hooked.
pub(crate) const STUBS: usize = 4096;

/// What a stub has saved of a call, and passes to `enter`.
#[repr(C)]
pub(crate) struct Call {
    /// `rdi`, `rsi`, `rdx`, `rcx`, `r8`, `r9`: what `enter` writes here, the function gets.
    pub(crate) arguments: [usize; 6],
    /// Memory of the call that lives until it returns.
    pub(crate) room: [usize; 4],
}
