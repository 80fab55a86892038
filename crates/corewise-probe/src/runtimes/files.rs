//! Patterns of file names.

use super::text;
use crate::processes::Module;
use crate::remote::Remote;

/// A pattern of the paths that a runtime's file has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Files {
    /// A library of this stem: `libgomp` is `libgomp.so.1` and `libgomp-e985bcbb.so.1.0.0`, which
    /// is how auditwheel renames what it puts into a wheel.
    Stem(&'static str),
    /// Any library whose name begins so: `libopenblas` is `libopenblasp-r0.3.21.so` as well.
    Prefix(&'static str),
    /// A library that begins so, in a folder whose name begins so.
    InFolder(&'static str, &'static str),
    /// A library of this stem with this text in its read-only data.
    StemWithText(&'static str, &'static str),
    /// A library of this stem that needs none of the libraries with these stems: else it only
    /// passes calls on to one of them.
    StemAlone(&'static str, &'static [&'static str]),
    /// An extension module that works with every Python 3 (`.abi3.so`), as Rust ones mostly do,
    /// with this text in its read-only data.
    StableExtension(&'static str),
}

impl Files {
    /// Whether a loaded file fits the pattern: its path, and what the pattern asks beyond that.
    pub(super) fn fits(self, module: &Module, remote: Remote) -> bool {
        self.matches(&module.path)
            && match self {
                Self::StemWithText(_, text) | Self::StableExtension(text) => {
                    text::follows(module, remote, text).is_some()
                }
                Self::StemAlone(_, others) => {
                    let needed = module.image.as_ref().map(|image| image.needed(&remote));
                    let passes_on =
                        |name: &String| others.iter().any(|stem| name.starts_with(stem));
                    !needed.unwrap_or_default().iter().any(passes_on)
                }
                Self::Stem(_) | Self::Prefix(_) | Self::InFolder(..) => true,
            }
    }

    /// Whether this path may be one of a file of the pattern.
    #[must_use]
    pub fn matches(self, path: &str) -> bool {
        let (folders, name) = path.rsplit_once('/').unwrap_or(("", path));
        if !name.contains(".so") {
            return false;
        }
        match self {
            Self::Stem(stem) | Self::StemWithText(stem, _) | Self::StemAlone(stem, _) => {
                name.strip_prefix(stem).is_some_and(|rest| rest.starts_with(['.', '-']))
            }
            Self::Prefix(prefix) => name.starts_with(prefix),
            Self::InFolder(folder, prefix) => {
                let last = folders.rsplit('/').next().unwrap_or_default();
                last.starts_with(folder) && name.starts_with(prefix)
            }
            Self::StableExtension(_) => name.ends_with(".abi3.so"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendored_and_versioned_names_fit_and_neighbours_do_not() {
        let gomp = Files::Stem("libgomp");
        assert!(gomp.matches("/usr/lib/libgomp.so.1.0.0"));
        assert!(gomp.matches("/x/scikit_learn.libs/libgomp-e985bcbb.so.1.0.0"));
        assert!(!gomp.matches("/x/libgomp-plugin.a") && !gomp.matches("/x/libgompx.so"));
        assert!(!Files::Stem("libtbb").matches("/x/libtbbmalloc.so.2"));
        let numexpr = Files::InFolder("numexpr", "interpreter.");
        assert!(numexpr.matches("/x/numexpr/interpreter.cpython-311-x86_64-linux-gnu.so"));
        assert!(!numexpr.matches("/x/other/interpreter.so") && !numexpr.matches("interpreter.so"));
    }
}
