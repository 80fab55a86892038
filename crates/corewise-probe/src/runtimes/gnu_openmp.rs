//! GCC's OpenMP runtime.

use corewise_model::{Runtime, Scope};

use super::{Entry, Files, Layer, Question, Shape, Source};

pub(super) static LIBGOMP: Entry = Entry {
    runtime: Runtime::Libgomp,
    files: &[Files::Stem("libgomp")],
    marks: &["GOMP_parallel"],
    internals: &[],
    one_pool: false,
    version: Question {
        sources: &[Source::Compiler("GCC")],
        unknown: "the file has lost the note of the compiler that it is part of",
    },
    layer: Layer::Fixed("openmp"),
    architecture: None,
    size: Question {
        sources: &[Source::Call(&["omp_get_max_threads"], Shape::Int)],
        unknown: "OpenMP keeps it for each thread, and libgomp exports no variable",
    },
    maximum: Question {
        sources: &[],
        unknown: "OpenMP starts as many threads as a region asks for",
    },
    scope: Scope::Thread,
    setters: &["omp_set_num_threads"],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_in_a_wheel_is_libgomp() {
        assert!(LIBGOMP.files[0].matches("/x/scikit_learn.libs/libgomp-a34b3233.so.1.0.0"));
    }
}
