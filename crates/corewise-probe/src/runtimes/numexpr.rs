//! numexpr's virtual machine.

use corewise_model::{Runtime, Scope};

use super::{Entry, Files, Layer, Question, Source};

pub(super) static NUMEXPR: Entry = Entry {
    runtime: Runtime::NumExpr,
    files: &[Files::InFolder("numexpr", "interpreter.")],
    marks: &[],
    internals: &[],
    one_pool: false,
    version: Question {
        sources: &[Source::Python("numexpr", "__version__"), Source::Distribution],
        unknown: "the file does not carry its version, and no package lists it",
    },
    layer: Layer::Fixed("pthreads"),
    architecture: None,
    size: Question {
        sources: &[Source::Python("numexpr", "get_num_threads")],
        unknown: "numexpr keeps it in a structure that it does not export",
    },
    maximum: Question {
        sources: &[Source::Python("numexpr.interpreter", "MAX_THREADS")],
        unknown: "numexpr keeps it in its Python part",
    },
    scope: Scope::Process,
    setters: &[],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_interpreter_is_known_by_its_folder() {
        assert!(
            NUMEXPR.files[0].matches("/x/numexpr/interpreter.cpython-312-aarch64-linux-gnu.so")
        );
    }
}
