//! Intel's Threading Building Blocks.

use corewise_model::{Runtime, Scope};

use super::{Entry, Files, Layer, Question, Shape, Source};

pub(super) static TBB: Entry = Entry {
    runtime: Runtime::Tbb,
    files: &[Files::Stem("libtbb")],
    marks: &["TBB_runtime_version"],
    internals: &[],
    one_pool: false,
    version: Question {
        sources: &[Source::Call(&["TBB_runtime_version"], Shape::Text)],
        unknown: "TBB tells its version only when it is called",
    },
    layer: Layer::Fixed("tbb"),
    architecture: None,
    size: Question {
        sources: &[],
        unknown: "TBB keeps it for each arena, and offers it to C++ only",
    },
    maximum: Question {
        sources: &[],
        unknown: "TBB keeps it in a structure that it does not export",
    },
    scope: Scope::Process,
    setters: &[],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scheduler_is_tbb_and_its_allocator_is_not() {
        assert!(TBB.files[0].matches("/v/lib/libtbb.so.12.20"));
        assert!(!TBB.files[0].matches("/v/lib/libtbbmalloc.so.2.20"));
        assert!(!TBB.files[0].matches("/v/lib/libtbbbind_2_5.so.3.20"));
    }
}
