//! Which pool a thread belongs to, from outside and without stopping anything.
//!
//! A pool's thread is started with a routine of the pool's own library. glibc keeps that routine in
//! the thread's descriptor (`struct pthread`), which lies at the top of the thread's stack, above
//! all frames. So:
//!
//! 1. `/proc/PID/task/TID/syscall` gives the stack pointer of a thread that is not on a core;
//! 2. `process_vm_readv` reads upwards from there until the descriptor is met: it holds the
//!    thread's number, next to a list node whose neighbour points back (`Descriptor`);
//! 3. the start routine in it lies in the file that owns the thread. Python's own file means a
//!    Python thread; a library that starts threads for others (libstdc++) means that the frames
//!    below are asked instead (`frames`).
//!
//! A thread that is on a core has no stack pointer to show, but the list nodes join all threads of
//! a process: its descriptor is found from any sibling's, or, where no sibling is at rest, at the
//! end of some mapping.
//!
//! For a thread at rest the stack's mapping is not asked for, since the kernel merges it with a neighbour that happens
//! to have the same permissions: reading upwards from the stack pointer needs no border.
//!
//! # Cost
//!
//! About 20 µs for a thread at rest (one small file, two or three memory reads; stacks of waiting
//! threads are 2 to 4 KiB deep); a running thread costs as much again for each sibling that is
//! asked and each list node on the way. A thread never changes its pool, so it is paid once.
//!
//! # What it cannot see
//!
//! musl keeps no such list (`NotYet` with that reason). A library that is linked statically into
//! another is that other library. A runtime that runs its pool on threads which the application
//! gave it is seen as the application.

mod descriptor;
mod frames;
mod owner;
mod stack;

pub use owner::{Owner, owner};

use descriptor::Descriptor;
