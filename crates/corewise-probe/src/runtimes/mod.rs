//! What corewise knows of runtimes: one table, an entry for each.
//!
//! To add a runtime: a variant of [`corewise_model::Runtime`], a file here with its [`Entry`] and
//! the tests that show it is recognised, and a line in [`TABLE`].

mod arrow;
mod blis;
mod blosc2;
mod entry;
mod files;
mod flexiblas;
mod gnu_openmp;
mod llvm_openmp;
mod mkl;
mod numba;
mod numexpr;
mod openblas;
mod rayon;
mod recognise;
mod reference;
mod tbb;
mod text;
mod torch;

pub use entry::{Entry, Layer, Question, Shape, Source};
pub use files::Files;
pub use recognise::recognise;
pub(crate) use recognise::representative;
pub(crate) use text::{follows, string_of};

use corewise_model::Runtime;

/// Every runtime that corewise knows. Where several fit a file, the first one is taken: those that
/// offer another's symbols for compatibility stand before it.
pub static TABLE: &[&Entry] = &[
    &flexiblas::FLEXIBLAS,
    &mkl::MKL,
    &blis::BLIS,
    &openblas::OPENBLAS,
    &llvm_openmp::LIBOMP,
    &llvm_openmp::LIBIOMP5,
    &gnu_openmp::LIBGOMP,
    &tbb::TBB,
    &numba::OMP,
    &numba::TBB,
    &numba::WORKQUEUE,
    &numexpr::NUMEXPR,
    &blosc2::BLOSC2,
    &torch::TORCH,
    &arrow::ARROW,
    &rayon::POLARS,
    &rayon::RAYON,
    &reference::ATLAS,
    &reference::NETLIB,
    &reference::ACCELERATE,
];

/// The entry of a runtime; `None` only where somebody forgot to add it.
#[must_use]
pub fn entry(runtime: Runtime) -> Option<&'static Entry> {
    TABLE.iter().copied().find(|entry| entry.runtime == runtime)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_runtime_has_one_entry_and_a_reason_for_what_it_hides() {
        let runtimes: HashSet<Runtime> = TABLE.iter().map(|entry| entry.runtime).collect();
        assert_eq!(runtimes.len(), TABLE.len());
        for entry in TABLE {
            assert!(!entry.files.is_empty(), "{}", entry.runtime);
            for question in [&entry.version, &entry.size, &entry.maximum] {
                let constant = question.sources.iter().any(|s| matches!(s, Source::Constant(_)));
                assert!(constant || question.unknown.len() > 10, "{}", entry.runtime);
            }
        }
    }
}
