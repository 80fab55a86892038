//! Defaults that are too timid, raised in the Python programs that corewise starts.

use std::num::NonZero;

use corewise_probe::variables;

/// The variable that the package's start-up hook reads: to how many cores defaults are raised.
pub(crate) const DEFAULTS_VARIABLE: &str = "COREWISE_DEFAULTS";

/// The one pool that Python cannot raise: Polars starts it once, by its variable.
const POLARS_VARIABLE: &str = "POLARS_MAX_THREADS";

/// What to add to the environment of a program whose defaults are raised to so many cores.
pub(crate) fn environment(cores: u32) -> Vec<(String, String)> {
    let own_default = std::thread::available_parallelism().map_or(1, NonZero::get);
    let mut environment = vec![(DEFAULTS_VARIABLE.to_owned(), cores.to_string())];
    environment.extend(polars(cores, own_default, |name| std::env::var_os(name).is_some()));
    environment
}

/// Polars sizes its pool by `available_parallelism`, which rounds a quota down.
fn polars(
    cores: u32,
    own_default: usize,
    is_set: impl Fn(&str) -> bool,
) -> Option<(String, String)> {
    let timid = usize::try_from(cores).is_ok_and(|cores| own_default < cores);
    let (name, value) =
        variables::to_set(cores, is_set).into_iter().find(|(name, _)| *name == POLARS_VARIABLE)?;
    timid.then(|| (name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn polars_is_raised_where_it_is_timid_and_not_set() {
        let raised = Some((POLARS_VARIABLE.to_owned(), "2".to_owned()));
        assert_eq!(polars(2, 1, |_| false), raised);
        assert_eq!(polars(2, 2, |_| false), None);
        assert_eq!(polars(2, 16, |_| false), None);
        assert_eq!(polars(2, 1, |name| name == "POLARS_MAX_THREADS"), None);
        assert_eq!(polars(2, 1, |name| name == "RAYON_NUM_THREADS"), None);
        assert_eq!(polars(2, 1, |name| name == "OMP_NUM_THREADS"), raised);
    }

    #[test]
    fn the_number_is_passed_on() {
        let environment = environment(3);
        assert_eq!(environment[0], ("COREWISE_DEFAULTS".to_owned(), "3".to_owned()));
    }
}
