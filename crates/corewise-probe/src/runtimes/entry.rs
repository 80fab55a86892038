//! What is known of one runtime.

use corewise_model::Runtime;

/// One runtime: how its file is recognised and what can be asked of it.
#[derive(Debug)]
pub struct Entry {
    /// Which.
    pub runtime: Runtime,
    /// The names that its file has.
    pub files: &'static [Files],
}

/// A pattern of file names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// A library of this stem: `libgomp` is `libgomp.so.1` and `libgomp-e985bcbb.so.1.0.0`.
    Stem(&'static str),
    /// Any library whose name begins so: `libopenblas` is `libopenblasp-r0.3.21.so` as well.
    Prefix(&'static str),
    /// A file in a folder of this name that begins so: `numexpr`, `interpreter.`.
    InFolder(&'static str, &'static str),
}

impl Files {
    /// Whether the pattern is that of this path.
    #[must_use]
    pub fn matches(self, path: &str) -> bool {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        let is_library = name.contains(".so");
        match self {
            Self::Stem(stem) => name.strip_prefix(stem).is_some_and(|rest| {
                is_library
                    && (rest.starts_with(".so") || rest.starts_with('-') || rest.starts_with('.'))
            }),
            Self::Prefix(prefix) => is_library && name.starts_with(prefix),
            Self::InFolder(folder, prefix) => {
                is_library && name.starts_with(prefix) && folders.rsplit('/').next() == Some(folder)
            }
        }
    }
}
