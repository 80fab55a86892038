//! Linear algebra without threads that can be set: ATLAS, netlib's BLAS, Apple's Accelerate.

use corewise_model::{Runtime, Scope};

use super::{Entry, Files, Layer, Question, Source};

const ONE: Question = Question { sources: &[Source::Constant("1")], unknown: "" };

/// ATLAS. `libsatlas` and `libatlas` are serial. `libtatlas` starts threads anew for each call,
/// their number fixed when it was built.
pub(super) static ATLAS: Entry = Entry {
    runtime: Runtime::Atlas,
    files: &[
        Files::Stem("libatlas"),
        Files::Stem("libsatlas"),
        Files::Stem("libtatlas"),
        Files::InFolder("atlas", "libblas"),
    ],
    marks: &["ATL_dgemm", "ATL_buildinfo"],
    internals: &[],
    one_pool: true,
    version: Question { sources: &[Source::InName("-")], unknown: "ATLAS prints it only" },
    layer: Layer::Fixed("none"),
    architecture: None,
    size: ONE,
    maximum: ONE,
    scope: Scope::None,
    setters: &[],
};

/// The reference implementation, and whatever else is installed under its name.
pub(super) static NETLIB: Entry = Entry {
    runtime: Runtime::NetlibBlas,
    files: &[
        Files::StemAlone("libblas", &["libopenblas", "libblis", "libatlas", "libmkl", "libflexi"]),
        Files::Stem("librefblas"),
    ],
    marks: &[],
    internals: &[],
    one_pool: false,
    version: Question { sources: &[], unknown: "the reference BLAS does not carry its version" },
    layer: Layer::Fixed("none"),
    architecture: None,
    size: ONE,
    maximum: ONE,
    scope: Scope::None,
    setters: &[],
};

/// Apple's. macOS keeps it in a shared cache without a file: no process on Linux has it.
pub(super) static ACCELERATE: Entry = Entry {
    runtime: Runtime::Accelerate,
    files: &[Files::InFolder("Accelerate.framework", "Accelerate")],
    marks: &["BLASSetThreading"],
    internals: &[],
    one_pool: true,
    version: Question { sources: &[], unknown: "Accelerate does not carry its version" },
    layer: Layer::Fixed("dispatch"),
    architecture: None,
    size: Question { sources: &[], unknown: "Accelerate decides for each call" },
    maximum: Question { sources: &[], unknown: "Accelerate decides for each call" },
    scope: Scope::Thread,
    setters: &[],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_libblas_is_netlib_s_and_one_in_the_folder_atlas_is_not() {
        let fits = |entry: &Entry, path: &str| entry.files.iter().any(|f| f.matches(path));
        assert!(fits(&NETLIB, "/usr/lib/x86_64-linux-gnu/blas/libblas.so.3.11.0"));
        assert!(fits(&ATLAS, "/usr/lib/x86_64-linux-gnu/atlas/libblas.so.3.10.3"));
        assert!(fits(&ATLAS, "/usr/lib64/atlas/libsatlas.so.3"));
    }
}
