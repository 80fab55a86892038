//! Thread pools and the runtimes they belong to.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Known, Reach, Tid, reach};

/// One loaded copy of a runtime in one process, and its threads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pool {
    /// The runtime.
    pub runtime: Runtime,
    /// The runtime's version, as the library says it.
    pub version: Known<String>,
    /// How it makes threads: `pthreads`, `openmp`, `intel`, `tbb`, `workqueue`, `none` …
    pub threading_layer: Known<String>,
    /// The kernel architecture that it chose at run time: `SkylakeX`, `Haswell` … Where a runtime
    /// has no such choice, `None`.
    pub architecture: Option<Known<String>>,
    /// The library's path as the process mapped it.
    pub path: String,
    /// The first address of its mapping: copies of one file in one process differ by it.
    pub base: u64,
    /// Who shipped the file.
    pub distribution: Known<Distribution>,
    /// Threads that a parallel region would use now, the caller included.
    pub size: Known<u32>,
    /// Threads that it could use at most without growing.
    pub maximum: Known<u32>,
    /// Whose calls a limit changes.
    pub scope: Scope,
    /// Whether the governor reaches it, once it governs the process.
    #[serde(with = "reach::in_text")]
    pub governed: Reach,
    /// The threads that belong to it now, callers not included.
    pub threads: Known<Vec<Tid>>,
}

/// The libraries that own threads. Adding one is adding an entry to `corewise_probe::runtimes`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names are the libraries' own, Display has them spelled out")]
pub enum Runtime {
    #[serde(rename = "openblas")]
    OpenBlas,
    Mkl,
    Blis,
    #[serde(rename = "flexiblas")]
    FlexiBlas,
    Accelerate,
    Atlas,
    NetlibBlas,
    Libgomp,
    Libomp,
    Libiomp5,
    Tbb,
    NumbaOmp,
    NumbaTbb,
    NumbaWorkqueue,
    Rayon,
    #[serde(rename = "numexpr")]
    NumExpr,
    Blosc2,
    Torch,
    Arrow,
    Polars,
}

impl fmt::Display for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::OpenBlas => "OpenBLAS",
            Self::Mkl => "MKL",
            Self::Blis => "BLIS",
            Self::FlexiBlas => "FlexiBLAS",
            Self::Accelerate => "Accelerate",
            Self::Atlas => "ATLAS",
            Self::NetlibBlas => "netlib BLAS",
            Self::Libgomp => "libgomp",
            Self::Libomp => "libomp",
            Self::Libiomp5 => "libiomp5",
            Self::Tbb => "TBB",
            Self::NumbaOmp => "Numba omp",
            Self::NumbaTbb => "Numba tbb",
            Self::NumbaWorkqueue => "Numba workqueue",
            Self::Rayon => "rayon",
            Self::NumExpr => "numexpr",
            Self::Blosc2 => "blosc2",
            Self::Torch => "PyTorch",
            Self::Arrow => "Arrow",
            Self::Polars => "Polars",
        })
    }
}

/// Whose calls a limit changes when it is set on a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Everybody's in the process (OpenBLAS with pthreads).
    Process,
    /// Only the calling thread's (OpenMP's `nthreads-var` is a per-task variable).
    Thread,
    /// There is nothing to limit: the runtime is single-threaded.
    None,
}

/// What brought a library onto the machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Distribution {
    /// The kind of package.
    pub shipper: Shipper,
    /// The package's name: `numpy`, `libopenblas`, `libgomp1`.
    pub name: String,
    /// The package's version.
    pub version: String,
}

/// Kinds of packages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shipper {
    /// A Python wheel, known by its RECORD.
    Wheel,
    /// A conda package, known by its metadata in `conda-meta`.
    Conda,
    /// A Debian package, known by dpkg's file lists.
    Debian,
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.shipper {
            Shipper::Wheel => "wheel",
            Shipper::Conda => "conda",
            Shipper::Debian => "Debian",
        };
        write!(f, "{} {} ({kind})", self.name, self.version)
    }
}
