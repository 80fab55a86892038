//! The pools of this process.

use corewise_model::{Pid, Pool};

use super::{Survey, inside, request};
use crate::processes::{Modules, ProbeError};

/// The pools of the process that calls, each runtime asked by its own getters. Numbers whose scope
/// is the thread are those of the calling thread.
///
/// Facts that only Python can tell (Numba's, numexpr's) stay unknown.
///
/// # Errors
///
/// Those of [`Modules::read`].
pub fn of_self() -> Result<Vec<Pool>, ProbeError> {
    let pid = Pid(std::process::id());
    let modules = Modules::read(pid)?;
    let (mut survey, indices) = Survey::with(pid, &modules)?;
    let requests = request::requests(&modules, &indices, &survey.pools, false);
    let answers = requests.iter().map(|request| inside::answer(&request.how)).collect();
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
