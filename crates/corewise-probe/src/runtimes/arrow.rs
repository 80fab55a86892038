//! Apache Arrow's C++ library.

use corewise_model::{Runtime, Scope};

use super::{Entry, Files, Layer, Question, Shape, Source};

/// Arrow has two pools, for computing and for I/O (8 threads); their threads look the same from
/// outside. `size` is that of the first.
pub(super) static ARROW: Entry = Entry {
    runtime: Runtime::Arrow,
    files: &[Files::Stem("libarrow")],
    marks: &["_ZN5arrow24GetCpuThreadPoolCapacityEv"],
    internals: &[],
    one_pool: false,
    version: Question {
        sources: &[Source::Python("pyarrow", "__version__"), Source::Distribution],
        unknown: "the file does not carry its version, and no package lists it",
    },
    layer: Layer::Fixed("pthreads"),
    architecture: None,
    size: Question {
        sources: &[Source::Call(&["_ZN5arrow24GetCpuThreadPoolCapacityEv"], Shape::Int)],
        unknown: "Arrow keeps it in a structure that it does not export",
    },
    maximum: Question {
        sources: &[Source::Call(&["_ZN5arrow24GetCpuThreadPoolCapacityEv"], Shape::Int)],
        unknown: "Arrow keeps it in a structure that it does not export",
    },
    scope: Scope::Process,
    setters: &[],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_library_is_arrow_and_its_companions_are_not() {
        assert!(ARROW.files[0].matches("/x/pyarrow/libarrow.so.2600"));
        assert!(!ARROW.files[0].matches("/x/pyarrow/libarrow_python.so.2600"));
    }
}
