//! The runtimes that can be set, and how their files are recognised.
//!
//! Files and symbols are those by which threadpoolctl 3.8 recognises them, so that both see the same
//! libraries.

use crate::openblas;

/// What programs call a runtime by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// Linear algebra.
    Blas,
    /// Parallel regions of compiled code.
    OpenMp,
    /// The runtime has an interface of its own alone.
    Own,
}

impl Api {
    /// `blas`, `openmp`, `own`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Blas => "blas",
            Self::OpenMp => "openmp",
            Self::Own => "own",
        }
    }
}

/// Runtimes that are read and set by the same functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// OpenBLAS.
    OpenBlas,
    /// BLIS.
    Blis,
    /// Intel's MKL.
    Mkl,
    /// Any runtime of OpenMP.
    OpenMp,
    /// FlexiBLAS, which passes calls on.
    FlexiBlas,
}

impl Family {
    /// In the order in which a file is compared with them.
    pub const ALL: [Self; 5] =
        [Self::OpenBlas, Self::Blis, Self::Mkl, Self::OpenMp, Self::FlexiBlas];

    /// `openblas`, `blis`, `mkl`, `openmp`, `flexiblas`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenBlas => "openblas",
            Self::Blis => "blis",
            Self::Mkl => "mkl",
            Self::OpenMp => "openmp",
            Self::FlexiBlas => "flexiblas",
        }
    }

    /// What programs call it by.
    #[must_use]
    pub fn api(self) -> Api {
        if self == Self::OpenMp { Api::OpenMp } else { Api::Blas }
    }

    /// How the names of its files begin, in lower case.
    #[must_use]
    pub fn prefixes(self) -> &'static [&'static str] {
        match self {
            Self::OpenBlas => &["libopenblas", "libscipy_openblas", "openblas"],
            Self::Blis => &["libblis"],
            Self::Mkl => &["libmkl_rt", "mkl_rt"],
            Self::OpenMp => &["libiomp", "libgomp", "libomp", "vcomp"],
            Self::FlexiBlas => &["libflexiblas"],
        }
    }

    /// Functions of which its libraries export at least one.
    pub(crate) fn marks(self) -> &'static [&'static str] {
        match self {
            Self::OpenBlas => openblas::GETTERS,
            Self::Blis => &["bli_thread_get_num_threads", "bli_thread_set_num_threads"],
            Self::Mkl => &["MKL_Get_Max_Threads", "MKL_Set_Num_Threads_Local"],
            Self::OpenMp => &["omp_get_max_threads", "omp_get_num_threads"],
            Self::FlexiBlas => &["flexiblas_get_num_threads", "flexiblas_set_num_threads"],
        }
    }
}

/// The runtimes that can be limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Runtime {
    /// OpenBLAS.
    OpenBlas,
    /// Intel's MKL.
    Mkl,
    /// BLIS.
    Blis,
    /// FlexiBLAS.
    FlexiBlas,
    /// GNU OpenMP.
    Libgomp,
    /// LLVM's OpenMP.
    Libomp,
    /// Intel's OpenMP.
    Libiomp5,
    /// Numba's threading layers, which are set through Python.
    Numba,
}

impl Runtime {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::OpenBlas,
        Self::Mkl,
        Self::Blis,
        Self::FlexiBlas,
        Self::Libgomp,
        Self::Libomp,
        Self::Libiomp5,
        Self::Numba,
    ];

    /// As `corewise pools --json` names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::OpenBlas => "openblas",
            Self::Mkl => "mkl",
            Self::Blis => "blis",
            Self::FlexiBlas => "flexiblas",
            Self::Libgomp => "libgomp",
            Self::Libomp => "libomp",
            Self::Libiomp5 => "libiomp5",
            Self::Numba => "numba",
        }
    }

    /// What programs call it by.
    #[must_use]
    pub fn api(self) -> Api {
        match self {
            Self::OpenBlas | Self::Mkl | Self::Blis | Self::FlexiBlas => Api::Blas,
            Self::Libgomp | Self::Libomp | Self::Libiomp5 => Api::OpenMp,
            Self::Numba => Api::Own,
        }
    }

    /// The runtime of a family whose file's name begins so.
    pub(crate) fn of(family: Family, prefix: &str) -> Self {
        match (family, prefix) {
            (Family::OpenBlas, _) => Self::OpenBlas,
            (Family::Blis, _) => Self::Blis,
            (Family::Mkl, _) => Self::Mkl,
            (Family::FlexiBlas, _) => Self::FlexiBlas,
            (Family::OpenMp, "libiomp") => Self::Libiomp5,
            (Family::OpenMp, "libomp") => Self::Libomp,
            (Family::OpenMp, _) => Self::Libgomp,
        }
    }
}

/// Whose calls a runtime's number counts for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Those of the thread that set it.
    Thread,
    /// Everybody's in the process.
    Process,
}
