//! Coded conclusions with evidence, cost and fix.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{CoreSeconds, Known, Nanos, PoolId, ProcessId, StackId, ThreadId};

/// The stable codes of findings. A code is never given a second meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Code {
    /// Oversubscription: more runnable threads than allowed cores.
    Cw101,
    /// A pool larger than the quota or affinity.
    Cw102,
    /// Throttled by the cgroup.
    Cw103,
    /// Spinning: pool threads that burn CPU while they wait.
    Cw104,
    /// The governor withheld threads.
    Cw105,
    /// Pools that the governor does not reach.
    Cw106,
    /// Idle cores: stretches with one busy thread.
    Cw201,
    /// Waiting for the GIL.
    Cw202,
    /// A pool used with calls too small to be worth it.
    Cw203,
    /// Several copies of one runtime.
    Cw301,
    /// Runtimes that are known to clash.
    Cw302,
    /// Fork while a pool is alive.
    Cw303,
    /// The same random stream in several workers.
    Cw401,
}

impl Code {
    /// Every code, in order.
    pub const ALL: [Self; 13] = [
        Self::Cw101,
        Self::Cw102,
        Self::Cw103,
        Self::Cw104,
        Self::Cw105,
        Self::Cw106,
        Self::Cw201,
        Self::Cw202,
        Self::Cw203,
        Self::Cw301,
        Self::Cw302,
        Self::Cw303,
        Self::Cw401,
    ];
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Cw101 => "CW101",
            Self::Cw102 => "CW102",
            Self::Cw103 => "CW103",
            Self::Cw104 => "CW104",
            Self::Cw105 => "CW105",
            Self::Cw106 => "CW106",
            Self::Cw201 => "CW201",
            Self::Cw202 => "CW202",
            Self::Cw203 => "CW203",
            Self::Cw301 => "CW301",
            Self::Cw302 => "CW302",
            Self::Cw303 => "CW303",
            Self::Cw401 => "CW401",
        })
    }
}

/// A conclusion from a recording.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// What kind of finding it is.
    pub code: Code,
    /// How much it matters here.
    pub severity: Severity,
    /// One sentence in the user's own words, with its main figure:
    /// `4 loky workers × 16 OpenMP threads = 64 runnable on 2 cores`.
    pub title: String,
    /// What it rests on, the strongest first.
    pub evidence: Vec<Evidence>,
    /// What it cost.
    pub cost: Cost,
    /// What to type, the best first.
    pub fixes: Vec<Fix>,
}

/// How much a finding matters. Ordered: the worst is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A fact that may matter elsewhere; it cost nothing worth naming here.
    Note,
    /// It cost time, or can break the program.
    Warning,
    /// It cost a large part of the run, or makes results wrong.
    Severe,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Severe => "severe",
        })
    }
}

/// One fact that a finding rests on.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Evidence {
    /// The fact in words.
    pub text: String,
    /// When it held: stretches of the recording, in order.
    pub spans: Vec<Span>,
    /// The processes it is about.
    pub processes: Vec<ProcessId>,
    /// The threads it is about.
    pub threads: Vec<ThreadId>,
    /// The pools it is about.
    pub pools: Vec<PoolId>,
    /// The Python stack that was there.
    pub stack: Option<StackId>,
    /// Its figures.
    pub measures: Vec<Measure>,
}

/// A stretch of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// From the start of the recording.
    pub start: Nanos,
    /// From the start of the recording.
    pub end: Nanos,
}

/// A named figure with its unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// What was measured: `runnable threads`, `run-queue delay`.
    pub name: String,
    /// How much.
    pub value: f64,
    /// The unit: `threads`, `ns`, `cores`, `core-seconds`, `%`.
    pub unit: String,
}

/// What a finding cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// Capacity lost, or why that cannot be said.
    pub lost: Known<CoreSeconds>,
    /// How it was computed.
    pub how: String,
}

/// What to do about a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fix {
    /// What it does, in words.
    pub text: String,
    /// What to type, if it can be typed.
    pub command: Option<String>,
}
