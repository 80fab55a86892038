//! The names under which builds of OpenBLAS export their functions: with a prefix (SciPy's wheels), a
//! suffix (64-bit integers), both, or neither.

use crate::library::Handle;

const AFFIXES: [(&str, &str); 6] =
    [("", ""), ("", "64_"), ("", "_64"), ("scipy_", ""), ("scipy_", "64_"), ("scipy_", "_64")];

/// `openblas_get_num_threads`, dressed in every way.
pub(crate) const GETTERS: &[&str] = &[
    "openblas_get_num_threads",
    "openblas_get_num_threads64_",
    "openblas_get_num_threads_64",
    "scipy_openblas_get_num_threads",
    "scipy_openblas_get_num_threads64_",
    "scipy_openblas_get_num_threads_64",
];

/// The prefix and the suffix of a library's names.
pub(crate) fn affixes(handle: &Handle) -> (&'static str, &'static str) {
    let dressed = AFFIXES.iter().zip(GETTERS).find(|(_, name)| handle.symbol(name).is_some());
    dressed.map_or(("", ""), |(affixes, _)| *affixes)
}
