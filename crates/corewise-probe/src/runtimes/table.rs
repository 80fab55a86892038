//! All entries, and the search among them.

use corewise_model::Runtime;

use super::{Entry, Files};
use crate::processes::Module;
use crate::remote::Remote;

use Files::{InFolder, Prefix, Stem};

/// Every runtime that corewise knows.
pub static TABLE: &[Entry] = &[
    Entry {
        runtime: Runtime::OpenBlas,
        files: &[Prefix("libopenblas"), Prefix("libscipy_openblas")],
    },
    Entry { runtime: Runtime::Libgomp, files: &[Stem("libgomp")] },
    Entry { runtime: Runtime::Libomp, files: &[Stem("libomp")] },
    Entry { runtime: Runtime::Libiomp5, files: &[Stem("libiomp5")] },
    Entry { runtime: Runtime::Tbb, files: &[Stem("libtbb")] },
    Entry { runtime: Runtime::NumbaWorkqueue, files: &[InFolder("ufunc", "workqueue.")] },
    Entry { runtime: Runtime::NumExpr, files: &[InFolder("numexpr", "interpreter.")] },
    Entry { runtime: Runtime::Blosc2, files: &[Prefix("libblosc2"), Prefix("blosc2_ext.")] },
];

/// The entry that a module is, if it is a runtime.
#[must_use]
pub fn recognise(module: &Module, _remote: Remote) -> Option<&'static Entry> {
    TABLE.iter().find(|entry| entry.files.iter().any(|files| files.matches(&module.path)))
}
