//! The pools of a process, seen from outside.

use corewise_model::{Known, Pid, Pool, Scope};

use crate::processes::Modules;

/// The pools that a process has, each with the place of its module in [`Modules::list`].
#[must_use]
pub fn of_process(_pid: Pid, modules: &Modules) -> Vec<(usize, Pool)> {
    let runtimes = modules.list().iter().enumerate();
    runtimes
        .filter_map(|(index, module)| {
            let runtime = module.runtime?;
            let unknown = || "only the running program can be asked";
            Some((
                index,
                Pool {
                    runtime,
                    version: Known::unknown(unknown()),
                    threading_layer: Known::unknown(unknown()),
                    architecture: None,
                    path: module.path.clone(),
                    base: module.base,
                    distribution: Known::unknown(unknown()),
                    size: Known::unknown(unknown()),
                    maximum: Known::unknown(unknown()),
                    scope: Scope::Process,
                    threads: Known::unknown(unknown()),
                },
            ))
        })
        .collect()
}
