//! What a program is run with.

use corewise_arbiter::SESSION_VARIABLE;
use corewise_probe::variables::THREAD_VARIABLES;
use corewise_sample::Environment;

use crate::governing::Governing;
use crate::raising::{self, DEFAULTS_VARIABLE};

/// Variables that count workers, not the threads of a pool. One thread a pool and a worker a core is
/// what people set by hand; one worker would be a straw man.
const WORKERS: [&str; 2] = ["LOKY_MAX_CPU_COUNT", "PYTHON_CPU_COUNT"];

/// One of the settings that are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Setting {
    /// As the user runs it.
    Without,
    /// In a session of the governor.
    Governed,
    /// In a session of the governor, with defaults raised to so many cores.
    Raised {
        /// To how many.
        cores: u32,
    },
    /// Every pool variable set to a number.
    Static {
        /// The threads of each pool.
        threads: u32,
        /// The cores that workers are told of.
        cores: u32,
    },
}

impl Setting {
    /// The settings to compare, the first of which the others are compared with.
    pub(super) fn list(raised: bool, statics: bool, cores: u32) -> Vec<Self> {
        let mut settings = vec![Self::Without, Self::Governed];
        if raised {
            settings.push(Self::Raised { cores });
        }
        if statics {
            settings.push(Self::Static { threads: 1, cores });
            if cores > 1 {
                settings.push(Self::Static { threads: cores, cores });
            }
        }
        settings
    }

    /// Its name in tables and JSON.
    pub(super) fn name(self) -> String {
        match self {
            Self::Without => "without".to_owned(),
            Self::Governed => "governed".to_owned(),
            Self::Raised { .. } => "raised".to_owned(),
            Self::Static { threads: 1, .. } => "1 thread".to_owned(),
            Self::Static { threads, .. } => format!("{threads} threads"),
        }
    }

    /// Whether it is one of those of `--static`.
    pub(super) fn is_static(self) -> bool {
        matches!(self, Self::Static { .. })
    }

    /// What it changes in the environment; `session` is there where it is governed.
    pub(super) fn environment(self, session: Option<&Governing>) -> Environment {
        let removed = vec![SESSION_VARIABLE.to_owned(), DEFAULTS_VARIABLE.to_owned()];
        let governed = || session.map(Governing::environment).unwrap_or_default();
        match self {
            Self::Without => Environment { set: Vec::new(), removed },
            Self::Governed => {
                Environment { set: governed(), removed: vec![DEFAULTS_VARIABLE.to_owned()] }
            }
            Self::Raised { cores } => {
                let raised = raising::environment(cores).into_iter();
                Environment { set: governed().into_iter().chain(raised).collect(), removed: vec![] }
            }
            Self::Static { threads, cores } => {
                let value = |name| if WORKERS.contains(&name) { cores } else { threads };
                let set = THREAD_VARIABLES
                    .iter()
                    .map(|variable| (variable.name.to_owned(), value(variable.name).to_string()))
                    .collect();
                let removed = removed.into_iter().chain(displaced().map(str::to_owned)).collect();
                Environment { set, removed }
            }
        }
    }
}

/// Variables that static settings set aside: read only where the ones that are set are not, but able
/// to contradict them (NumExpr refuses a number above `NUMEXPR_MAX_THREADS`).
fn displaced() -> impl Iterator<Item = &'static str> {
    let is_set = |name: &str| THREAD_VARIABLES.iter().any(|variable| variable.name == name);
    THREAD_VARIABLES
        .iter()
        .flat_map(|variable| variable.instead_of)
        .copied()
        .filter(move |name| !is_set(name))
}

/// What the user set and the static settings override.
pub(super) fn overridden(is_set: impl Fn(&str) -> bool) -> Vec<&'static str> {
    let names = THREAD_VARIABLES.iter().map(|variable| variable.name);
    names.chain(displaced()).filter(|name| is_set(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(environment: &Environment, name: &str) -> Option<String> {
        let (_, value) = environment.set.iter().find(|(set, _)| set == name)?;
        Some(value.clone())
    }

    #[test]
    fn without_leaves_a_session() {
        let environment = Setting::Without.environment(None);
        assert_eq!(environment.set, []);
        assert_eq!(environment.removed, ["COREWISE_SESSION", "COREWISE_DEFAULTS"]);
    }

    #[test]
    fn governed_joins_one() {
        let session = Governing::begin(Some(2)).unwrap();
        let environment = Setting::Governed.environment(Some(&session));
        assert!(value(&environment, "COREWISE_SESSION").is_some());
        assert!(!environment.removed.contains(&"COREWISE_SESSION".to_owned()));
        assert_eq!(value(&environment, "COREWISE_DEFAULTS"), None);
    }

    #[test]
    fn raised_joins_one_and_says_to_how_many() {
        let session = Governing::begin(Some(2)).unwrap();
        let environment = Setting::Raised { cores: 2 }.environment(Some(&session));
        assert!(value(&environment, "COREWISE_SESSION").is_some());
        assert_eq!(value(&environment, "COREWISE_DEFAULTS").as_deref(), Some("2"));
        assert_eq!(environment.removed, [""; 0]);
    }

    #[test]
    fn static_settings_size_every_pool_and_leave_the_workers() {
        let environment = Setting::Static { threads: 1, cores: 4 }.environment(None);
        assert_eq!(environment.set.len(), THREAD_VARIABLES.len());
        assert_eq!(value(&environment, "OMP_NUM_THREADS").as_deref(), Some("1"));
        assert_eq!(value(&environment, "LOKY_MAX_CPU_COUNT").as_deref(), Some("4"));
        assert_eq!(
            environment.removed,
            ["COREWISE_SESSION", "COREWISE_DEFAULTS", "GOTO_NUM_THREADS", "NUMEXPR_MAX_THREADS"]
        );
    }

    #[test]
    fn on_one_core_the_static_settings_are_one() {
        let names = |raised, statics, cores| -> Vec<String> {
            Setting::list(raised, statics, cores).into_iter().map(Setting::name).collect()
        };
        assert_eq!(names(false, false, 2), ["without", "governed"]);
        assert_eq!(names(true, false, 2), ["without", "governed", "raised"]);
        assert_eq!(names(false, true, 1), ["without", "governed", "1 thread"]);
        assert_eq!(
            names(true, true, 2),
            ["without", "governed", "raised", "1 thread", "2 threads"]
        );
    }

    #[test]
    fn what_is_overridden_is_named() {
        let user = ["OMP_NUM_THREADS", "NUMEXPR_MAX_THREADS", "HOME"];
        let names = overridden(|name| user.contains(&name));
        assert_eq!(names, ["OMP_NUM_THREADS", "NUMEXPR_MAX_THREADS"]);
    }
}
