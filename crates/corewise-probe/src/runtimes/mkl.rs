//! Intel's Math Kernel Library.

use corewise_model::{Runtime, Scope};

use super::{Entry, Files, Layer, Question, Shape, Source};

/// `libmkl_rt` loads the others; a program may also be linked to them directly. MKL starts no
/// threads of its own: they belong to the OpenMP or TBB runtime of its threading layer.
pub(super) static MKL: Entry = Entry {
    runtime: Runtime::Mkl,
    files: &[Files::Stem("libmkl_rt"), Files::Stem("libmkl_core")],
    marks: &[],
    internals: &[],
    one_pool: true,
    version: Question {
        sources: &[Source::Call(
            &["mkl_get_version_string", "MKL_Get_Version_String"],
            Shape::TextInto,
        )],
        unknown: "MKL composes its version when it is called",
    },
    layer: Layer::Beside(
        &[
            ("libmkl_intel_thread", "intel"),
            ("libmkl_gnu_thread", "gnu"),
            ("libmkl_tbb_thread", "tbb"),
            ("libmkl_sequential", "none"),
        ],
        "MKL loads its threading layer at its first call, which has not come",
    ),
    architecture: None,
    size: Question {
        sources: &[Source::Call(&["MKL_Get_Max_Threads", "mkl_get_max_threads"], Shape::Int)],
        unknown: "MKL keeps it for each thread and exports no variable",
    },
    maximum: Question {
        sources: &[],
        unknown: "its OpenMP runtime starts as many threads as a region asks for",
    },
    scope: Scope::Process,
    setters: &["MKL_Set_Num_Threads"],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dispatcher_and_the_core_are_mkl_and_kernels_are_not() {
        let fits = |path: &str| MKL.files.iter().any(|files| files.matches(path));
        assert!(fits("/v/lib/libmkl_rt.so.3") && fits("/v/lib/libmkl_core.so.2"));
        assert!(!fits("/v/lib/libmkl_avx512.so.3") && !fits("/v/lib/libmkl_vml_avx2.so.3"));
    }
}
