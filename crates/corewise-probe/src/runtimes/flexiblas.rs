//! FlexiBLAS: a switch that passes BLAS calls on to another library.

use corewise_model::{Runtime, Scope};

use super::{Entry, Files, Layer, Question, Shape, Source};

/// It stands before the others: it exports their functions for compatibility. The threads are those
/// of the library behind it, which is listed by itself.
pub(super) static FLEXIBLAS: Entry = Entry {
    runtime: Runtime::FlexiBlas,
    files: &[Files::Prefix("libflexiblas")],
    marks: &["flexiblas_current_backend", "flexiblas_get_num_threads"],
    internals: &[],
    one_pool: false,
    version: Question { sources: &[], unknown: "FlexiBLAS exports no text of its version" },
    layer: Layer::Fixed("backend"),
    architecture: None,
    size: Question {
        sources: &[Source::Call(&["flexiblas_get_num_threads"], Shape::Int)],
        unknown: "FlexiBLAS asks the library behind it, when it is called",
    },
    maximum: Question { sources: &[], unknown: "it is that of the library behind it" },
    scope: Scope::Process,
    setters: &["flexiblas_set_num_threads"],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fedora_s_and_debian_s_names() {
        let fits = |path: &str| FLEXIBLAS.files.iter().any(|files| files.matches(path));
        assert!(fits("/usr/lib64/libflexiblas.so.3.4") && fits("/usr/lib64/libflexiblas64.so.3"));
    }
}
