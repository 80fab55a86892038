//! The pools of this process.

use corewise_model::{Pid, Pool};

use super::request::{self, Answer, How};
use super::{Survey, inside};
use crate::processes::{Modules, ProbeError};

/// The pools of the process that calls, each runtime asked by its own getters, ordered by runtime
/// and path. Numbers whose scope is the thread are those of the calling thread.
///
/// Facts that only Python can tell (Numba's, numexpr's) stay unknown.
///
/// # Errors
///
/// Those of [`Modules::read`].
pub fn of_self() -> Result<Vec<Pool>, ProbeError> {
    of_self_asking(|_, _| None)
}

/// The pools of the process that calls, where Python can be asked as well: `python` is given the
/// name of a module and of an attribute, and answers with the value, or the result of calling it
/// without arguments, as text; `None` where the module is not imported or lacks the attribute.
///
/// # Errors
///
/// Those of [`Modules::read`].
pub fn of_self_asking(
    python: impl Fn(&str, &str) -> Option<String>,
) -> Result<Vec<Pool>, ProbeError> {
    let pid = Pid(std::process::id());
    let modules = Modules::read(pid)?;
    let (mut survey, indices) = Survey::with(pid, &modules)?;
    let requests = request::requests(&modules, &indices, &survey.pools);
    let answers = requests.iter().map(|request| match &request.how {
        How { shape: "python", library, symbol, .. } => Answer(python(library, symbol)),
        how => inside::answer(how),
    });
    let answers = answers.collect();
    request::apply(&mut survey.pools, &requests, answers);
    Ok(survey.pools)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_without_runtimes_has_no_pools() {
        assert_eq!(of_self().unwrap(), []);
    }
}
