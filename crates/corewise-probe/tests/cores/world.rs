//! Loads the worlds beside this file.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use corewise_probe::World;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/worlds")
}

/// The names of the worlds, sorted.
pub(crate) fn names() -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort_unstable();
    names
}

/// A world, with further variables in its environment.
pub(crate) fn world(name: &str, variables: &[(&str, &str)]) -> World {
    let root = folder().join(name);
    let text = fs::read_to_string(root.join("environment")).unwrap();
    let mut environment: BTreeMap<String, String> = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    environment.extend(variables.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
    World::recorded(root, environment)
}
