//! Which Python `--import` starts when none is named.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// The interpreter that runs us (as the console script does), else that of the active environment,
/// else the first `python3` or `python` on the PATH.
pub(super) fn default() -> Option<PathBuf> {
    let first = env::args_os().next().map(PathBuf::from);
    choose(first.as_deref(), env::var_os("VIRTUAL_ENV").as_deref(), env::var_os("PATH").as_deref())
}

fn choose(
    first: Option<&Path>,
    environment: Option<&OsStr>,
    path: Option<&OsStr>,
) -> Option<PathBuf> {
    let is_python = |program: &&Path| {
        let name = program.file_name().and_then(OsStr::to_str).unwrap_or_default();
        (name.starts_with("python") || name.starts_with("pypy")) && program.is_file()
    };
    if let Some(running) = first.filter(is_python) {
        return Some(running.to_owned());
    }
    let active = environment.map(|folder| Path::new(folder).join("bin"));
    let folders = active.into_iter().chain(path.into_iter().flat_map(env::split_paths));
    let folders: Vec<PathBuf> = folders.collect();
    let named = |name: &str| folders.iter().map(|folder| folder.join(name)).find(|p| p.is_file());
    named("python3").or_else(|| named("python"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_running_interpreter_comes_before_the_environment_and_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let program = |name: &str| {
            let program = folder.path().join(name);
            fs::create_dir_all(program.parent().unwrap()).unwrap();
            fs::write(&program, "").unwrap();
            program
        };
        let running = program("own/bin/python3.12");
        let active = program("venv/bin/python3");
        let other = program("usr/python");
        let venv = folder.path().join("venv");
        let path = folder.path().join("usr");
        let (venv, path) = (Some(venv.as_os_str()), Some(path.as_os_str()));
        assert_eq!(choose(Some(&running), venv, path), Some(running));
        assert_eq!(choose(Some(Path::new("/bin/corewise")), venv, path), Some(active));
        assert_eq!(choose(None, None, path), Some(other));
        assert_eq!(choose(None, None, None), None);
    }
}
