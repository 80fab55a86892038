//! What is known of each runtime: how it is recognised, and how its thread count is decided.

pub(crate) mod kmp;
pub(crate) mod mkl;
pub(crate) mod numba;
pub(crate) mod openblas;
pub(crate) mod openblas_openmp;
pub(crate) mod openmp;
pub(crate) mod whole;
