//! C-Blosc2, inside python-blosc2 or as a library of its own (`PyTables`).

use corewise_model::{Runtime, Scope};

use super::{Entry, Files, Layer, Question, Shape, Source};

pub(super) static BLOSC2: Entry = Entry {
    runtime: Runtime::Blosc2,
    files: &[Files::Prefix("libblosc2"), Files::InFolder("blosc2", "blosc2_ext.")],
    marks: &["blosc2_get_nthreads"],
    internals: &[],
    one_pool: false,
    version: Question {
        sources: &[
            Source::Python("blosc2", "blosclib_version"),
            Source::Call(&["blosc2_get_version_string"], Shape::Text),
        ],
        unknown: "Blosc2 tells its version only when it is called",
    },
    layer: Layer::Fixed("pthreads"),
    architecture: None,
    size: Question {
        sources: &[
            Source::Call(&["blosc2_get_nthreads"], Shape::Int),
            Source::Python("blosc2", "nthreads"),
        ],
        unknown: "Blosc2 keeps it for each context and exports no variable",
    },
    maximum: Question { sources: &[], unknown: "each Blosc2 context has threads of its own" },
    scope: Scope::Process,
    setters: &["blosc2_set_nthreads"],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_library_and_the_extension_module_are_blosc2() {
        let fits = |path: &str| BLOSC2.files.iter().any(|files| files.matches(path));
        assert!(fits("/x/blosc2/blosc2_ext.abi3.so") && fits("/usr/lib/libblosc2.so.2"));
        assert!(!fits("/x/blosc2/groupby_ext.abi3.so"));
    }
}
