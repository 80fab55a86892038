//! The nouns of corewise: units, CPU sets, allowed cores, pools, recordings, findings.
//!
//! # Design constraints
//!
//! - No I/O: nothing here opens a file or reads a clock. The codec turns entries into bytes and
//!   back; who owns the bytes is not its business.
//! - Units live in types ([`Nanos`], [`Cores`], [`CoreSeconds`]), and what could not be found out
//!   is [`Known::Unknown`] with its reason, never 0.
//! - No serde `flatten` and no `untagged`: the recording format is positional.
//!
//! ```
//! use corewise_model::{CpuSet, Nanos};
//!
//! let allowed: CpuSet = "0-3,8".parse()?;
//! assert_eq!(allowed.len(), 5);
//! assert_eq!(Nanos::from_millis(20).to_string(), "20.0 ms");
//! # Ok::<(), corewise_model::CpuSetError>(())
//! ```

mod allowed;
pub mod codec;
mod cpuset;
mod entry;
mod finding;
mod known;
mod lease;
mod pool;
mod reach;
mod recording;
#[cfg(any(test, feature = "scenario"))]
pub mod scenario;
mod units;

pub use allowed::{Allowed, Limit, LimitSource, Machine, Opinion, Throttling};
pub use cpuset::{CpuSet, CpuSetError};
pub use entry::{
    BitGeneratorUse, Entry, Frame, FrameId, Gil, Header, Host, Interpreter, Mode, NativeTick,
    Notice, PoolId, ProcessEntry, ProcessId, Role, StackEntry, StackId, StackSample, StartMethod,
    SystemTick, ThreadEntry, ThreadId, ThreadTick, Tick,
};
pub use finding::{Code, Cost, Evidence, Finding, Fix, Measure, Severity, Span};
pub use known::Known;
pub use lease::{Held, LeaseTick, ProcessLeases, Session};
pub use pool::{Distribution, Pool, Runtime, Scope, Shipper};
pub use reach::Reach;
pub use recording::{Process, Recording, StackTick, Thread};
pub use units::{CoreSeconds, Cores, Nanos, Pid, Tid};
