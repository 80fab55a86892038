//! The crates depend on one another as the picture in ARCHITECTURE.md says.

use std::collections::BTreeSet;
use std::process::Command;

/// The arrows of the picture: who depends on whom.
const ARROWS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("probe", &["model"]),
    ("sample", &["arbiter", "model", "probe"]),
    ("analyse", &["model"]),
    ("present", &["analyse", "model"]),
    ("arbiter", &[]),
    ("governor", &["arbiter"]),
    ("control", &["governor"]),
    ("rng", &[]),
    ("cli", &["analyse", "arbiter", "model", "present", "probe", "sample"]),
    ("python", &["arbiter", "cli", "control", "governor", "model", "probe", "rng"]),
];

#[test]
fn crates_depend_on_one_another_as_the_picture_says() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let short = |name: &serde_json::Value| {
        name.as_str().and_then(|name| name.strip_prefix("corewise-")).map(str::to_owned)
    };
    let mut found: Vec<(String, BTreeSet<String>)> = Vec::new();
    for package in metadata["packages"].as_array().unwrap() {
        let dependencies = package["dependencies"].as_array().unwrap();
        let ours = dependencies
            .iter()
            .filter(|dependency| dependency["kind"].is_null())
            .filter_map(|dependency| short(&dependency["name"]))
            .collect();
        found.push((short(&package["name"]).unwrap(), ours));
    }
    let mut drawn: Vec<(String, BTreeSet<String>)> = ARROWS
        .iter()
        .map(|(name, on)| ((*name).to_owned(), on.iter().map(|on| (*on).to_owned()).collect()))
        .collect();
    found.sort();
    drawn.sort();
    assert_eq!(found, drawn);
}
