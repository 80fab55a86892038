//! How to record.

use std::path::PathBuf;
use std::time::Duration;

use corewise_model::Mode;

/// How to record.
#[derive(Debug, Clone)]
pub struct Options {
    /// How often threads are looked at, in Hz; 1 to 1000.
    pub rate: f64,
    /// How often Python stacks are looked at, in Hz, at most.
    pub stack_rate: f64,
    /// The share of one core that looking at threads may use: with thousands of them the ticks come
    /// less often.
    pub tick_share: f64,
    /// The share of one core that taking Python stacks may use.
    pub inspector_share: f64,
    /// When to stop recording; the program goes on.
    pub duration: Option<Duration>,
    /// The size that the recording will not exceed, in bytes.
    pub max_bytes: u64,
    /// How the program came to be recorded.
    pub mode: Mode,
    /// The names of the environment variables that corewise set for the program.
    pub set_by_corewise: Vec<String>,
    /// The session that governs the program: its table is looked at with the threads.
    pub session: Option<PathBuf>,
}

impl Options {
    /// The default of `rate`: a tick each 20 ms.
    pub const RATE: f64 = 50.0;
}

impl Default for Options {
    fn default() -> Self {
        Self {
            rate: Self::RATE,
            stack_rate: 20.0,
            tick_share: 0.0075,
            inspector_share: 0.005,
            duration: None,
            max_bytes: 256 << 20,
            mode: Mode::Record,
            set_by_corewise: Vec::new(),
            session: None,
        }
    }
}
