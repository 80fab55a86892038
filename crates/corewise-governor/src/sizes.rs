//! How large a BLAS or LAPACK call is, by the arguments of the routines that are called most: the
//! same routine multiplies 10 x 10 and 10,000 x 10,000 matrices.

/// Where a routine's arguments say its size. Numbers are those of the first six arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Size {
    /// Not known: all calls of the routine count as alike.
    Unknown = 0,
    /// CBLAS matrix products: three numbers from the fourth argument on.
    Cblas3 = 1,
    /// CBLAS rank updates: two numbers from the fourth argument on.
    Cblas2 = 2,
    /// Fortran: a pointer to a number, the first argument.
    First = 3,
    /// Fortran: the second argument.
    Second = 4,
    /// Fortran: the third argument.
    Third = 5,
    /// CBLAS vector routines: the first argument is the length.
    CblasVector = 6,
    /// Fortran vector routines: a pointer to the length.
    Vector = 7,
    /// Fortran: the fourth argument.
    Fourth = 8,
    /// Fortran matrix products: pointers to three numbers from the third argument on.
    Product = 9,
    /// Fortran rank updates: pointers to two numbers from the third argument on.
    Update = 10,
}

/// Vector routines (BLAS level 1) compute with one thread up to this length (OpenBLAS 0.3.31,
/// `interface/axpy.c` and its kin; MKL's threshold is not documented).
const ONE_THREAD: usize = 10_000;
/// Vector routines that may use threads, by the part of their name after the type letter. `copy`,
/// `nrm2` and the rest of level 1 never do.
const VECTORS: [&[u8]; 7] = [b"axpy", b"scal", b"swap", b"dot", b"asum", b"amax", b"rot_"];
/// Routines that never use threads, and are called hundreds of times for one small matrix.
const SINGLE: [&[u8]; 6] = [b"copy", b"nrm2", b"rotg", b"rotm", b"lamch", b"lsame"];

/// Routines by the part of their name after the type letter.
const FORTRAN: &[(&[u8], Size)] = &[
    (b"gemm_", Size::Product),
    (b"syrk_", Size::Update),
    (b"herk_", Size::Update),
    (b"potrf_", Size::Second),
    (b"potri_", Size::Second),
    (b"getrf_", Size::First),
    (b"getri_", Size::First),
    (b"gesv_", Size::First),
    (b"geqrf_", Size::First),
    (b"orgqr_", Size::First),
    (b"ungqr_", Size::First),
    (b"gesdd_", Size::Second),
    (b"gesvd_", Size::Third),
    (b"syevd_", Size::Third),
    (b"heevd_", Size::Third),
    (b"syevr_", Size::Fourth),
    (b"heevr_", Size::Fourth),
    (b"geev_", Size::Third),
    (b"gelsd_", Size::First),
];

impl Size {
    /// By a routine's name, with SciPy's prefix and the suffix of 64-bit integers or without.
    pub(crate) fn of(name: &[u8]) -> Self {
        let (cblas, routine) = routine(name);
        let vector = VECTORS.iter().any(|start| routine.starts_with(start));
        if cblas {
            return match routine {
                [b'g', b'e', b'm', b'm', ..] => Self::Cblas3,
                [b's', b'y', b'r', b'k', ..] | [b'h', b'e', b'r', b'k', ..] => Self::Cblas2,
                _ if vector => Self::CblasVector,
                _ => Self::Unknown,
            };
        }
        if vector {
            return Self::Vector;
        }
        let known = FORTRAN.iter().find(|(start, _)| routine.starts_with(start));
        known.map_or(Self::Unknown, |(_, size)| *size)
    }

    pub(crate) fn from_number(number: u32) -> Self {
        [
            Self::Cblas3,
            Self::Cblas2,
            Self::First,
            Self::Second,
            Self::Third,
            Self::CblasVector,
            Self::Vector,
            Self::Fourth,
            Self::Product,
            Self::Update,
        ]
        .into_iter()
        .find(|size| *size as u32 == number)
        .unwrap_or(Self::Unknown)
    }

    /// Whether a call decides once how many threads it uses: it is no routine of LAPACK.
    #[inline]
    pub(crate) fn is_one_part(self) -> bool {
        matches!(
            self,
            Self::Cblas3
                | Self::Cblas2
                | Self::CblasVector
                | Self::Vector
                | Self::Product
                | Self::Update
        )
    }

    /// Whether a call is too small for more than one thread.
    #[inline]
    pub(crate) fn is_single(self, arguments: &[usize; 6]) -> bool {
        let [first, ..] = *arguments;
        match self {
            Self::CblasVector => first & 0x7fff_ffff <= ONE_THREAD,
            Self::Vector => number_at(first) <= ONE_THREAD,
            _ => false,
        }
    }

    /// Ticks that a call of this class takes at least if it computes; 0 where that is not known.
    ///
    /// LAPACK's drivers are first asked for the size of the work space that they need, by a call with
    /// the same arguments.
    pub(crate) fn least_ticks(self, class: usize) -> u64 {
        match self {
            // Each number of the matrix is read once, by 64 bytes a tick at the most. A question takes
            // some 1 µs whatever the size; the other side of the matrix is not known.
            Self::First | Self::Second | Self::Third | Self::Fourth => {
                (1 << (2 * class) >> 3).min(10_000)
            }
            _ => 0,
        }
    }

    /// The power of two of a call's size; 0 where it is not known.
    pub(crate) fn class(self, arguments: &[usize; 6]) -> usize {
        let [first, second, third, fourth, fifth, sixth] = *arguments;
        let log = |number: usize| (number & 0x7fff_ffff).max(1).ilog2() as usize;
        match self {
            Self::Unknown => 0,
            Self::Cblas3 => log(fourth) + log(fifth) + log(sixth),
            Self::Cblas2 => 2 * log(fourth) + log(fifth),
            Self::First | Self::Vector => log(number_at(first)),
            Self::Second => log(number_at(second)),
            Self::Third => log(number_at(third)),
            Self::Fourth => log(number_at(fourth)),
            Self::Product => [third, fourth, fifth].into_iter().map(|at| log(number_at(at))).sum(),
            Self::Update => 2 * log(number_at(third)) + log(number_at(fourth)),
            Self::CblasVector => log(first),
        }
    }
}

/// Whether a routine of this name never uses threads, so that it need not be hooked.
pub(crate) fn is_always_single(name: &[u8]) -> bool {
    let (_, routine) = routine(name);
    SINGLE.iter().any(|start| routine.starts_with(start))
}

/// Whether a name is CBLAS's, and its part after the type letter, without SciPy's prefix.
fn routine(name: &[u8]) -> (bool, &[u8]) {
    let name = name.strip_prefix(b"scipy_").unwrap_or(name);
    let plain = name.strip_prefix(b"cblas_");
    let routine = plain.unwrap_or(name);
    // `idamax` has another letter before the type's, complex routines with real factors (`zdscal`)
    // one after it.
    let routine = routine.strip_prefix(b"i").unwrap_or(routine);
    let routine = routine.get(1..).unwrap_or(&[]);
    let skipped = [b"dscal", b"sscal"].iter().any(|start| routine.starts_with(*start));
    (plain.is_some(), if skipped { routine.get(1..).unwrap_or(&[]) } else { routine })
}

/// The number that a Fortran argument points to. The lower half of a 64-bit one says enough.
fn number_at(address: usize) -> usize {
    let pointer = std::ptr::with_exposed_provenance::<u32>(address);
    if pointer.is_null() {
        return 0;
    }
    // SAFETY: the address of a number that the routine itself reads first of all.
    unsafe { pointer.read_unaligned() as usize }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn routines_are_known_in_every_dressing() {
        for (name, size) in [
            ("scipy_cblas_dgemm64_", Size::Cblas3),
            ("cblas_zgemm", Size::Cblas3),
            ("scipy_cblas_ssyrk", Size::Cblas2),
            ("scipy_dpotrf_64_", Size::Second),
            ("dgetrf_", Size::First),
            ("scipy_zheevd_", Size::Third),
            ("dsyevr_", Size::Fourth),
            ("scipy_dgemm_64_", Size::Product),
            ("zherk_", Size::Update),
            ("scipy_cblas_ddot64_", Size::CblasVector),
            ("scipy_cblas_idamax", Size::CblasVector),
            ("zdscal_", Size::Vector),
            ("zdotc_", Size::Vector),
            ("scipy_drot_", Size::Vector),
            ("drotg_", Size::Unknown),
            ("dgemv_", Size::Unknown),
            ("d", Size::Unknown),
            ("", Size::Unknown),
        ] {
            assert_eq!(Size::of(name.as_bytes()), size, "{name}");
            assert_eq!(Size::from_number(size as u32), size);
        }
    }

    #[test]
    fn what_never_uses_threads_is_known() {
        for name in ["scipy_cblas_dcopy64_", "zcopy_", "scipy_dnrm2_", "drotg_", "dlamch_"] {
            assert!(is_always_single(name.as_bytes()), "{name}");
        }
        for name in ["scipy_cblas_dgemm64_", "daxpy_", "dgeqrf_", "drot_"] {
            assert!(!is_always_single(name.as_bytes()), "{name}");
        }
        assert!(Size::CblasVector.is_single(&[300, 0, 0, 0, 0, 0]));
        assert!(!Size::CblasVector.is_single(&[10_001, 0, 0, 0, 0, 0]));
    }

    #[test]
    fn larger_calls_are_of_larger_classes() {
        let class = |n: usize| Size::Cblas3.class(&[0, 0, 0, n, n, n]);
        assert!(class(200) < class(1200));
        let n = 300_i64;
        let pointer = std::ptr::from_ref(&n) as usize;
        assert_eq!(Size::Second.class(&[0, pointer, 0, 0, 0, 0]), 8);
        assert_eq!(Size::Product.class(&[0, 0, pointer, pointer, pointer, 0]), 24);
        assert_eq!(Size::Update.class(&[0, 0, pointer, pointer, 0, 0]), 24);
        assert_eq!(Size::First.class(&[0; 6]), 0);
        // A letter is no number: it may lie anywhere.
        let text = b"xUx\0\0\0\0\0";
        let letter = text.as_ptr() as usize + 1;
        assert_eq!(Size::Fourth.class(&[letter, letter, letter, pointer, 0, 0]), 8);
    }
}
