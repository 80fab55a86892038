//! ELF files as they lie in the memory of a process.
//!
//! Everything is read through [`Memory`], so the same code serves a live process, a file whose name
//! is gone, and a library in another mount namespace. What is read is a stranger's: each length is
//! capped, each address is only ever handed back to [`Memory`].

mod comment;
mod image;
mod memory;
mod symbols;
mod unloaded;

pub use comment::comments;
pub use image::{Image, Segment};
pub use memory::Memory;
pub use symbols::Symbol;
pub use unloaded::unloaded_symbols;
