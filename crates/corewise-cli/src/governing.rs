//! A session for governed programs.

use std::path::Path;

use corewise_arbiter::{SESSION_VARIABLE, Session, Settings};
use corewise_model::LimitSource;
use corewise_probe::{World, cores, variables};

use crate::{ExitStatus, Failure};

/// A session that lasts as long as the value.
#[derive(Debug)]
pub(crate) struct Governing {
    session: Session,
}

impl Governing {
    /// Begins a session with a budget of so many cores, by default the allowed ones.
    pub(crate) fn begin(cores: Option<u32>) -> Result<Self, Failure> {
        let budget = match cores {
            Some(cores) => cores,
            None => allowed_threads()?,
        };
        Self::with(Settings { budget, deterministic: false }, None)
    }

    /// Begins a session, or shares the one of this name.
    pub(crate) fn with(settings: Settings, name: Option<&str>) -> Result<Self, Failure> {
        let session = match name {
            Some(name) => Session::share(name, settings),
            None => Session::begin(settings),
        };
        session.map(|session| Self { session }).map_err(|error| {
            let name = name.map_or_else(String::new, |name| format!(" {name:?}"));
            Failure::new(ExitStatus::Unavailable, format!("no session{name} to govern in: {error}"))
                .hint("sessions live in /dev/shm, else in $XDG_RUNTIME_DIR")
                .hint("`corewise run --no-govern` does without")
        })
    }

    /// The session's budget, in cores.
    pub(crate) fn budget(&self) -> u32 {
        self.session.table().settings().budget
    }

    /// Where the session's table is.
    pub(crate) fn path(&self) -> &Path {
        self.session.path()
    }

    /// What to add to the environment of a governed program.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        let path = self.session.path().to_string_lossy().into_owned();
        let mut environment = sizes(self.budget());
        environment.push((SESSION_VARIABLE.to_owned(), path));
        environment
    }
}

/// The variables that size pools before a program starts, but for those that the user set. The
/// governor needs none; what it does not reach (a program without Python, a runtime that cannot be
/// hooked) is at least not sized by cores that it does not have.
///
/// None where every pool has this size by itself: where one is set, joblib 1.6 does not divide the
/// cores among its worker processes (`_prepare_worker_env`), and each of them asks for all.
pub(crate) fn sizes(threads: u32) -> Vec<(String, String)> {
    if size_by_default() == Some(threads) {
        return Vec::new();
    }
    variables::to_set(threads, |name| std::env::var_os(name).is_some())
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// The size that pools have by themselves: all that they know of are the CPUs that are online and the
/// affinity mask.
fn size_by_default() -> Option<u32> {
    let allowed = cores::allowed(&World::system(), None).ok()?;
    let known = [LimitSource::Online, LimitSource::Affinity];
    let seen = allowed.limits.iter().filter(|limit| known.contains(&limit.source));
    seen.map(|limit| limit.cores.threads()).min()
}

/// How many threads this process may use.
pub(crate) fn allowed_threads() -> Result<u32, Failure> {
    cores::allowed(&World::system(), None)
        .map(|allowed| allowed.threads)
        .map_err(|error| Failure::new(ExitStatus::Unavailable, error.to_string()))
}
