//! The stubs that stand in the place of hooked functions, one implementation an architecture.

#[cfg(target_arch = "x86_64")]
mod x86_64;
#[cfg(target_arch = "x86_64")]
pub(crate) use x86_64::{dlsym_stub, is_stub, stub};

#[cfg(not(target_arch = "x86_64"))]
mod none;
#[cfg(not(target_arch = "x86_64"))]
pub(crate) use none::{dlsym_stub, is_stub, stub};

/// Stubs that there are, hence functions that can be hooked.
pub(crate) const STUBS: usize = 4096;

/// What a stub has saved of a call, and passes to `enter`.
#[repr(C)]
pub(crate) struct Call {
    /// `rdi`, `rsi`, `rdx`, `rcx`, `r8`, `r9`: what `enter` writes here, the function gets.
    pub(crate) arguments: [usize; 6],
    /// Memory of the call that lives until it returns.
    pub(crate) room: [usize; 4],
    /// The stub's own: its token, the caller's frame and the return address.
    _frame: [usize; 4],
    /// The first words on the stack, the seventh argument and the eighth: what `enter` writes here,
    /// the function gets. Without so many arguments they are the caller's, and not to be written.
    pub(crate) stack: [usize; 2],
}
