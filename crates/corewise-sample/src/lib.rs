//! What happens over time: launches a program or attaches to one, follows its process tree, and
//! writes a recording.
//!
//! # Design constraints
//!
//! - The program is never stopped, traced or changed: everything is read from `/proc`, by
//!   `process_vm_readv` and from `perf_event_open` counters of the program itself.
//! - The recorder's own cost is bounded: descriptors are kept open, what costs more than a pread is
//!   done by the inspector, which has a budget of CPU time.
//! - What is written is bounded too: the rate is halved whenever half of what is left of the
//!   allowed size has been used.
//! - Whatever cannot be read becomes a notice in the recording, never the end of it.
//!
//! ```no_run
//! use corewise_sample::{Options, Program, Recorder, Signals, Storage};
//!
//! let signals = Signals::block()?;
//! let program = Program::start(&["python".into(), "train.py".into()], &[], &signals)?;
//! let storage = Storage::memory()?;
//! let outcome = Recorder::launch(program, signals, storage, Options::default())?.run(|_| ());
//! println!("the program ended with {:?}", outcome.status);
//! # Ok::<(), corewise_sample::SampleError>(())
//! ```

mod captured;
mod cputime;
mod error;
mod inspector;
mod journal;
mod launch;
mod leases;
mod options;
mod perf;
mod processes;
mod program;
mod recorder;
mod signals;
mod storage;
mod surroundings;
mod threads;

pub use captured::Captured;
pub use error::SampleError;
pub use launch::{Ended, Environment, Launch, ending_signal};
pub use options::Options;
pub use program::{Outcome, Program};
pub use recorder::{Progress, Recorder};
pub use signals::Signals;
pub use storage::Storage;
