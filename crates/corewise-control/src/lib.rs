//! The thread pools of this process as things that can be set: finds the runtimes among the loaded
//! libraries, reads and sets their numbers of threads, and keeps limits that belong to threads.
//!
//! # Design constraints
//!
//! - Whoever asks again pays for what was loaded since, not for what is known.
//! - A limit never raises a number. Where the last limit ends, the number is what it was before the
//!   first, whatever the order of their ends.
//! - A runtime whose number is each thread's own is set for the thread that limits. One that has a
//!   single number for the process gets the smallest of all threads' limits, unless the governor
//!   governs it: then it is limited by thread too.
//! - A library that was found stays loaded: its functions are called at any time.
//!
//! ```
//! use corewise_control::{Limits, Runtime, apply, libraries};
//! for library in libraries().iter() {
//!     println!("{}: {:?}", library.path(), library.threads());
//! }
//! apply(Limits::none().with(Runtime::OpenBlas, 1));
//! apply(Limits::none());
//! ```

mod library;
mod limits;
mod lock;
mod openblas;
mod registry;
mod runtime;
mod thread;

pub use library::Library;
pub use limits::Limits;
pub use registry::{Changes, Libraries, libraries, library_at, loaded_paths};
pub use runtime::{Api, Family, Runtime, Scope};
pub use thread::{after_fork, apply, pause, resume};
