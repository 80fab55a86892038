//! BLIS: as a library, and inside spaCy's `blis` extension module.

use corewise_model::{Runtime, Scope};

use super::{Entry, Files, Layer, Question, Shape, Source};

pub(super) static BLIS: Entry = Entry {
    runtime: Runtime::Blis,
    // Debian's BLIS under the name of libblas exports the BLAS functions only.
    files: &[
        Files::Prefix("libblis"),
        Files::InFolder("blis", "cy."),
        Files::StemWithText("libblas", "BLIS_NUM_THREADS"),
    ],
    marks: &["bli_thread_get_num_threads", "bli_arch_query_id"],
    internals: &[],
    one_pool: false,
    version: Question {
        sources: &[Source::Call(&["bli_info_get_version_str"], Shape::Text)],
        unknown: "BLIS tells its version only when it is called",
    },
    layer: Layer::Flags(
        &[("bli_info_get_enable_openmp", "openmp"), ("bli_info_get_enable_pthreads", "pthreads")],
        "BLIS may be built with several layers and tells which only when it is called",
    ),
    architecture: Some(Question {
        sources: &[Source::Call(&["bli_arch_string"], Shape::TextOf("bli_arch_query_id"))],
        unknown: "BLIS chooses its kernels at its first call and exports no variable",
    }),
    size: Question {
        sources: &[Source::Call(&["bli_thread_get_num_threads"], Shape::Int)],
        unknown: "BLIS keeps it in a structure that it does not export",
    },
    maximum: Question {
        sources: &[],
        unknown: "BLIS starts threads anew for each call, as many as are asked for",
    },
    scope: Scope::Process,
    setters: &["bli_thread_set_num_threads"],
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_s_and_spacy_s_files_are_blis() {
        let fits = |path: &str| BLIS.files.iter().any(|files| files.matches(path));
        assert!(fits("/usr/lib/x86_64-linux-gnu/blis-pthread/libblis.so.4"));
        assert!(fits("/x/site-packages/blis/cy.cpython-311-x86_64-linux-gnu.so"));
    }
}
