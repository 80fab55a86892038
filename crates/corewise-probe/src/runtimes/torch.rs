//! `PyTorch`'s own pools.

use corewise_model::{Runtime, Scope};

use super::{Entry, Files, Layer, Question, Shape, Source};

/// Parallel regions inside an operator run on the OpenMP runtime beside it; the pools for work
/// between operators and the autograd engine are its own (`c10::ThreadPool`, `libtorch_cpu`).
pub(super) static TORCH: Entry = Entry {
    runtime: Runtime::Torch,
    files: &[Files::Stem("libtorch_cpu"), Files::Stem("libc10"), Files::Stem("libtorch_python")],
    marks: &["_ZN2at15get_num_threadsEv"],
    internals: &[],
    one_pool: true,
    version: Question {
        sources: &[Source::Python("torch", "__version__"), Source::Distribution],
        unknown: "the file does not carry its version, and no package lists it",
    },
    layer: Layer::Fixed("openmp"),
    architecture: None,
    size: Question {
        sources: &[
            Source::Call(&["_ZN2at15get_num_threadsEv"], Shape::Int),
            Source::Python("torch", "get_num_threads"),
        ],
        unknown: "PyTorch keeps it in its OpenMP runtime, for each thread",
    },
    maximum: Question {
        sources: &[],
        unknown: "OpenMP starts as many threads as a region asks for",
    },
    scope: Scope::Thread,
    setters: &[],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_three_libraries_are_one_runtime() {
        let fits = |path: &str| TORCH.files.iter().any(|files| files.matches(path));
        assert!(fits("/x/torch/lib/libtorch_cpu.so") && fits("/x/torch/lib/libc10.so"));
    }
}
