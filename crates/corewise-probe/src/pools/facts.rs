//! Answers to the table's questions, from memory and files.

use corewise_model::{Distribution, Known};

use super::internals;
use crate::elf::{self, Memory};
use crate::processes::{Module, Modules};
use crate::remote::Remote;
use crate::runtimes::{Entry, Layer, Question, Source, follows};

/// A runtime's file in a process, to be asked from outside.
pub(super) struct Subject<'m> {
    pub(super) entry: &'static Entry,
    pub(super) module: &'m Module,
    pub(super) modules: &'m Modules,
    pub(super) remote: Remote,
    pub(super) distribution: &'m Known<Distribution>,
}

impl Subject<'_> {
    /// The answer to a question, as text.
    pub(super) fn text(&self, question: &Question) -> Known<String> {
        let answer = question.sources.iter().find_map(|source| self.source(*source));
        answer.map_or_else(|| Known::unknown(question.unknown), Known::Known)
    }

    /// The answer to a question for a number.
    pub(super) fn number(&self, question: &Question) -> Known<u32> {
        match self.text(question) {
            Known::Unknown(reason) => Known::Unknown(reason),
            Known::Known(text) => text.parse().map_or_else(
                |_| Known::unknown(format!("it is not a number of threads: {text}")),
                Known::Known,
            ),
        }
    }

    /// How the runtime makes threads.
    pub(super) fn layer(&self) -> Known<String> {
        let begins = |name: &str, stem: &str| {
            name.strip_prefix(stem).is_some_and(|rest| rest.starts_with(['.', '-']))
        };
        match self.entry.layer {
            Layer::Fixed(layer) => Known::Known(layer.to_owned()),
            Layer::Flags(_, reason) => Known::unknown(reason),
            Layer::Beside(stems, reason) => {
                let others = self.modules.list();
                let layer =
                    stems.iter().find(|(stem, _)| others.iter().any(|m| begins(m.name(), stem)));
                layer.map_or_else(
                    || Known::unknown(reason),
                    |(_, name)| Known::Known((*name).to_owned()),
                )
            }
            Layer::Needs(stems, otherwise, symbol) => {
                let Some(image) = &self.module.image else {
                    return Known::unknown("its memory cannot be read");
                };
                let needed = image.needed(&self.remote);
                let layer = stems.iter().find(|(stem, _)| needed.iter().any(|n| begins(n, stem)));
                Known::Known(match layer {
                    Some((_, name)) => (*name).to_owned(),
                    None if self.address(symbol).is_none() => "none".to_owned(),
                    None => otherwise.to_owned(),
                })
            }
        }
    }

    /// The address of a symbol, exported or not.
    fn address(&self, name: &str) -> Option<u64> {
        let exported = self.module.image.as_ref()?.symbol(&self.remote, name);
        exported.map(|symbol| symbol.address).or_else(|| {
            internals::address(self.module, self.modules.pid(), name, self.entry.internals)
        })
    }

    fn source(&self, source: Source) -> Option<String> {
        let Self { module, remote, .. } = *self;
        let address = |name: &str| self.address(name);
        match source {
            Source::Constant(text) => Some(text.to_owned()),
            // A runtime that is not initialised yet has 0 there, which is no number of threads.
            Source::Number(name) => {
                let value = remote.u32(address(name)?).ok()?;
                (1..=1 << 20).contains(&value).then(|| value.to_string())
            }
            Source::Choice(pointer, prefix, objects) => {
                let chosen = remote.u64(address(pointer)?).ok()?;
                let object = |name: &str| address(&format!("{prefix}{name}"));
                let (_, meaning) = objects.iter().find(|(name, _)| object(name) == Some(chosen))?;
                Some((*meaning).to_owned())
            }
            Source::WordAfter(text) => follows(module, remote, text),
            Source::InName(before) => {
                let (_, rest) = module.name().split_once(before)?;
                let version = rest.split(".so").next()?;
                version.starts_with(|c: char| c.is_ascii_digit()).then(|| version.to_owned())
            }
            Source::Compiler(name) => {
                let file = module.open(self.modules.pid()).ok()?;
                compiler(&elf::comments(&file).ok()?, name)
            }
            Source::Distribution => {
                self.distribution.get().map(|distribution| distribution.version.clone())
            }
            Source::Call(..) | Source::Python(..) => None,
        }
    }
}

/// `GCC 12.2.0` of `GCC: (Debian 12.2.0-14) 12.2.0`, `LLVM 14.0.6` of `Debian clang version 14.0.6`.
/// Of several, the newest: older ones are of the start files.
fn compiler(notes: &[String], name: &str) -> Option<String> {
    let versions = notes.iter().filter_map(|note| {
        let (_, rest) = match name {
            "GCC" => note.split_once("GCC: (")?.1.split_once(") ")?,
            _ => note.split_once("clang version ")?,
        };
        let number = rest.split([' ', '-']).next()?;
        let parts: Option<Vec<u32>> = number.split('.').map(|part| part.parse().ok()).collect();
        Some((parts?, number))
    });
    versions.max().map(|(_, number)| format!("{name} {number}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_compiler_is_the_one_that_built_the_library() {
        let notes =
            |notes: &[&str]| -> Vec<String> { notes.iter().map(ToString::to_string).collect() };
        let gcc = notes(&[
            "GCC: (GNU) 4.8.5 20150623 (Red Hat 4.8.5-44)",
            "GCC: (GNU) 10.2.1 20210130 (Red Hat 10.2.1-11)",
        ]);
        assert_eq!(compiler(&gcc, "GCC").as_deref(), Some("GCC 10.2.1"));
        let clang = notes(&["GCC: (Debian 12.2.0-14) 12.2.0", "Debian clang version 14.0.6"]);
        assert_eq!(compiler(&clang, "LLVM").as_deref(), Some("LLVM 14.0.6"));
        assert_eq!(compiler(&[], "GCC"), None);
    }
}
