//! Environment variables that hold a number of cores.

use corewise_model::{Cores, Limit, LimitSource};

use super::target::Target;

/// The positive whole number in a text.
pub(super) fn positive(text: &str) -> Option<u32> {
    text.trim().parse().ok().filter(|n| *n > 0)
}

/// The limit that the variable `name` sets; a value that is no positive number is a gap.
pub(super) fn limit(
    target: &Target,
    source: LimitSource,
    name: &str,
    gaps: &mut Vec<String>,
) -> Option<Limit> {
    let text = target.variable(name)?;
    let Some(cores) = positive(text) else {
        gaps.push(nonsense(name, text));
        return None;
    };
    let detail = format!("{name}={cores}");
    Some(Limit { source, cores: Cores(f64::from(cores)), from: name.to_owned(), detail })
}

/// What is said of a variable that cannot be used.
pub(super) fn nonsense(name: &str, text: &str) -> String {
    let text: String = text.chars().take(60).collect();
    format!("{name} is {text:?}, which gives no positive number of CPUs: ignored")
}

/// What the user told Python and loky, which then start that many workers.
pub(super) fn user_limits(target: &Target, gaps: &mut Vec<String>) -> Vec<Limit> {
    let mut limits = Vec::new();
    // `default` undoes a setting: https://docs.python.org/3/using/cmdline.html#envvar-PYTHON_CPU_COUNT
    if target.variable("PYTHON_CPU_COUNT").is_some_and(|text| text != "default") {
        limits.extend(limit(target, LimitSource::Environment, "PYTHON_CPU_COUNT", gaps));
    }
    limits.extend(limit(target, LimitSource::Environment, "LOKY_MAX_CPU_COUNT", gaps));
    limits
}
