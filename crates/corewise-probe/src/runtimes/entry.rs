//! What is known of one runtime.

use corewise_model::{Runtime, Scope};

use super::Files;

/// One runtime: how its file is recognised and what can be asked of it.
#[derive(Debug)]
pub struct Entry {
    /// Which.
    pub runtime: Runtime,
    /// The names that its file has. Where it consists of several files, those of the file that
    /// stands for the pool come first.
    pub files: &'static [Files],
    /// Exported symbols each of which only this runtime has, or one that imitates it and stands
    /// before it in the table. They count more than the file's name.
    pub marks: &'static [&'static str],
    /// How the names of its variables and functions begin that some builds do not export, and that
    /// are looked up in the file then.
    pub internals: &'static [&'static str],
    /// Whether all its files in a process are one pool.
    pub one_pool: bool,
    /// Its version.
    pub version: Question,
    /// Its threading layer.
    pub layer: Layer,
    /// The kernels that it chose for the processor; `None` where it has only one set.
    pub architecture: Option<Question>,
    /// Threads that a parallel region would use now, the caller included.
    pub size: Question,
    /// Threads that it could use at most without growing.
    pub maximum: Question,
    /// Whose calls a limit changes.
    pub scope: Scope,
    /// The functions that set the number of threads, each taking an `int`.
    pub setters: &'static [&'static str],
}

/// Something to find out, the ways to do so in the order in which they are tried, and why it is
/// unknown where none of them answers.
#[derive(Debug, Clone, Copy)]
pub struct Question {
    /// The ways.
    pub sources: &'static [Source],
    /// The reason, as a fragment.
    pub unknown: &'static str,
}

/// A way to find something out.
#[derive(Debug, Clone, Copy)]
pub enum Source {
    /// It is always this.
    Constant(&'static str),
    /// An exported `int` variable.
    Number(&'static str),
    /// An exported pointer to one of several exported objects: the pointer's name, the prefix of
    /// the objects' names, and for each the rest of its name and what it means.
    Choice(&'static str, &'static str, &'static [(&'static str, &'static str)]),
    /// The word after this text in the file's read-only data, if it begins with a digit.
    WordAfter(&'static str),
    /// What is in the file's name between this text and `.so`.
    InName(&'static str),
    /// The compiler that built the file, for a library that is part of one (ELF `.comment`).
    Compiler(&'static str),
    /// The version of the distribution that shipped the file: for a library that is a package's
    /// own and carries no version.
    Distribution,
    /// The answer of the first of these exported functions that there is. From inside only.
    Call(&'static [&'static str], Shape),
    /// A value or function without arguments of a Python module, if it is imported. From inside,
    /// through Python, only.
    Python(&'static str, &'static str),
}

impl Source {
    /// Whether only the running program can answer.
    #[must_use]
    pub fn is_inside(self) -> bool {
        matches!(self, Self::Call(..) | Self::Python(..))
    }
}

/// The shape of a function in C.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `int f(void)`.
    Int,
    /// `const char *f(void)`.
    Text,
    /// `void f(char *buffer, int length)`.
    TextInto,
    /// `const char *f(int)`, for what this other function answers, `int g(void)`.
    TextOf(&'static str),
}

/// How a runtime makes threads.
#[derive(Debug, Clone, Copy)]
pub enum Layer {
    /// Always so.
    Fixed(&'static str),
    /// By the stems of libraries that the file needs; the text where it needs none of them, and
    /// `none` where the file does not have this symbol.
    Needs(&'static [(&'static str, &'static str)], &'static str, &'static str),
    /// By the stems of other files in the process, else unknown for this reason.
    Beside(&'static [(&'static str, &'static str)], &'static str),
    /// By functions of which one answers 1; from inside only, else unknown for this reason.
    Flags(&'static [(&'static str, &'static str)], &'static str),
}
