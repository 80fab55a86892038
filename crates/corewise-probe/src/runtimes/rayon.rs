//! Rayon, which is linked statically into each module that uses it, and Polars, which uses it.

use corewise_model::{Runtime, Scope};

use super::{Entry, Files, Layer, Question, Source};

const SOURCES: &str = "rayon-core-";

pub(super) static POLARS: Entry = Entry {
    runtime: Runtime::Polars,
    files: &[
        Files::InFolder("_polars_runtime", "_polars_runtime"),
        Files::InFolder("polars", "polars."),
    ],
    marks: &[],
    internals: &[],
    one_pool: false,
    version: Question {
        sources: &[Source::Python("polars", "__version__"), Source::Distribution],
        unknown: "the file does not carry its version, and no package lists it",
    },
    layer: Layer::Fixed("rayon"),
    architecture: None,
    size: Question {
        sources: &[Source::Python("polars", "thread_pool_size")],
        unknown: "rayon keeps it in a structure that it does not export",
    },
    maximum: Question {
        sources: &[Source::Python("polars", "thread_pool_size")],
        unknown: "rayon keeps it in a structure that it does not export",
    },
    scope: Scope::Process,
    setters: &[],
};

/// Nothing is exported, but the paths of its sources stand in its panic messages, with its version.
/// (The name of `RAYON_NUM_THREADS` would not do: whoever sets it has it too, as we do.) Searched
/// for in modules for the stable ABI only, for a search reads all read-only data.
pub(super) static RAYON: Entry = Entry {
    runtime: Runtime::Rayon,
    files: &[Files::StableExtension(SOURCES)],
    marks: &[],
    internals: &[],
    one_pool: false,
    version: Question {
        sources: &[Source::WordAfter(SOURCES)],
        unknown: "its panic messages were stripped",
    },
    layer: Layer::Fixed("rayon"),
    architecture: None,
    size: Question {
        sources: &[],
        unknown: "rayon keeps it in a structure that it does not export",
    },
    maximum: Question {
        sources: &[],
        unknown: "rayon keeps it in a structure that it does not export",
    },
    scope: Scope::Process,
    setters: &[],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polars_is_known_by_its_folder_old_and_new() {
        let fits = |path: &str| POLARS.files.iter().any(|files| files.matches(path));
        assert!(fits("/x/_polars_runtime_32/_polars_runtime_32.abi3.so"));
        assert!(fits("/x/polars/polars.abi3.so"));
    }
}
