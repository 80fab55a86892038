//! LLVM's OpenMP runtime, under its own name and Intel's.

use corewise_model::{Runtime, Scope};

use super::{Entry, Files, Layer, Question, Shape, Source};

const SIZE: Question = Question {
    sources: &[Source::Call(&["omp_get_max_threads"], Shape::Int)],
    unknown: "OpenMP keeps it for each thread, and the library exports no variable",
};

const MAXIMUM: Question =
    Question { sources: &[], unknown: "OpenMP starts as many threads as a region asks for" };

/// Both export the same, libgomp's functions too: which it is, the name says. Under any other name
/// it is taken for LLVM's.
const MARKS: &[&str] = &["__kmpc_fork_call"];

pub(super) static LIBIOMP5: Entry = Entry {
    runtime: Runtime::Libiomp5,
    files: &[Files::Stem("libiomp5")],
    marks: MARKS,
    internals: &[],
    one_pool: false,
    version: Question {
        sources: &[Source::WordAfter("Intel(R) OMP version: ")],
        unknown: "its read-only data has no version",
    },
    layer: Layer::Fixed("openmp"),
    architecture: None,
    size: SIZE,
    maximum: MAXIMUM,
    scope: Scope::Thread,
    setters: &["omp_set_num_threads"],
};

pub(super) static LIBOMP: Entry = Entry {
    runtime: Runtime::Libomp,
    files: &[Files::Stem("libomp"), Files::Stem("libgomp")],
    marks: MARKS,
    internals: &[],
    one_pool: false,
    // The text `LLVM OMP version: 5.0.20140926` has not changed since 2014: the compiler that
    // built it says more.
    version: Question {
        sources: &[Source::Compiler("LLVM")],
        unknown: "the file has lost the note of the compiler that it is part of",
    },
    layer: Layer::Fixed("openmp"),
    architecture: None,
    size: SIZE,
    maximum: MAXIMUM,
    scope: Scope::Thread,
    setters: &["omp_set_num_threads"],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_are_told_apart_by_name() {
        let fits = |entry: &Entry, path: &str| entry.files.iter().any(|f| f.matches(path));
        assert!(fits(&LIBIOMP5, "/v/lib/libiomp5.so") && !fits(&LIBIOMP5, "/v/lib/libomp.so.5"));
        assert!(fits(&LIBOMP, "/usr/lib/llvm-14/lib/libomp.so.5"));
        assert!(fits(&LIBOMP, "/x/torch/lib/libomp-a1b2c3d4.so"));
    }
}
