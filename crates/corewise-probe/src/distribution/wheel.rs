//! Wheels, by the `RECORD` in their `dist-info` folder (`PyPA`'s "Recording installed projects").

use std::fs;
use std::path::{Path, PathBuf};

use corewise_model::{Distribution, Shipper};

use super::shippers::{lexical, under};

/// How many folders above a file are looked at.
const MOST_PARENTS: usize = 10;

/// The wheel whose record lists this path.
pub(super) fn find(root: &Path, path: &Path) -> Option<Distribution> {
    let folders = path.ancestors().skip(1).take(MOST_PARENTS);
    folders.flat_map(|folder| sites(root, folder)).find_map(|site| in_site(root, &site, path))
}

/// The folders with installed projects that may have put a file into `folder`: itself, or for an
/// environment's `lib` those of its Pythons (`../../libiomp5.so` in their records).
fn sites(root: &Path, folder: &Path) -> Vec<PathBuf> {
    let mut sites = vec![folder.to_owned()];
    if folder.file_name().is_some_and(|name| name == "lib") {
        let entries = fs::read_dir(under(root, folder)).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        let pythons = names.filter(|name| name.starts_with("python3") || name.starts_with("pypy3"));
        sites.extend(pythons.map(|name| folder.join(name).join("site-packages")));
    }
    sites
}

fn in_site(root: &Path, site: &Path, path: &Path) -> Option<Distribution> {
    let entries = fs::read_dir(under(root, site)).ok()?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut projects: Vec<String> = names.filter(|name| name.ends_with(".dist-info")).collect();
    // The one whose name the path begins with comes first: mostly no other is read.
    let likely = path.strip_prefix(site).ok().and_then(|rest| rest.iter().next()?.to_str());
    let likely = likely.and_then(|name| name.split('.').next()).unwrap_or_default();
    projects.sort_by_key(|name| (!name.starts_with(&format!("{likely}-")), name.clone()));
    let lists = |project: &String| {
        let record = fs::read_to_string(under(root, site).join(project).join("RECORD"));
        record.is_ok_and(|record| lists(&record, site, path))
    };
    let project = projects.into_iter().find(|project| lists(project))?;
    Some(described(&under(root, site).join(&project), &project))
}

/// Whether a record, which names paths relative to the folder `site`, lists `path`.
fn lists(record: &str, site: &Path, path: &Path) -> bool {
    let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return false };
    let lines = record.lines().filter(|line| line.contains(name));
    lines.into_iter().any(|line| {
        // CSV: a path with a comma or a quote stands in quotes.
        let listed = match line.strip_prefix('"').and_then(|rest| rest.rsplit_once("\",")) {
            Some((quoted, _)) => quoted.split("\",").next().unwrap_or(quoted).replace("\"\"", "\""),
            None => line.split(',').next().unwrap_or(line).to_owned(),
        };
        lexical(&site.join(listed)) == path
    })
}

/// Name and version from `METADATA`, or else from the folder's name.
fn described(folder: &Path, project: &str) -> Distribution {
    let stem = project.trim_end_matches(".dist-info");
    let (name, version) = stem.rsplit_once('-').unwrap_or((stem, ""));
    let metadata = fs::read_to_string(folder.join("METADATA")).unwrap_or_default();
    let head = metadata.lines().take_while(|line| !line.is_empty());
    let field = |key: &str, otherwise: &str| {
        let value = head.clone().find_map(|line| line.strip_prefix(key));
        value.unwrap_or(otherwise).trim().to_owned()
    };
    Distribution {
        shipper: Shipper::Wheel,
        name: field("Name:", name),
        version: field("Version:", version),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn install(root: &Path, project: &str, record: &str, metadata: &str) {
        let folder = root.join("v/lib/python3.11/site-packages").join(project);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("RECORD"), record).unwrap();
        fs::write(folder.join("METADATA"), metadata).unwrap();
    }

    #[test]
    fn files_beside_a_project_and_in_the_environment_s_lib_are_found() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path();
        let metadata = "Metadata-Version: 2.1\nName: scikit-learn\nVersion: 1.9.1\n\nName: no\n";
        let record = "scikit_learn.libs/libgomp-e985bcbb.so.1.0.0,sha256=x,1\n";
        install(root, "scikit_learn-1.9.1.dist-info", record, metadata);
        install(root, "intel_openmp-2026.2.0.dist-info", "../../libiomp5.so,,\n\"a,b.so\",,\n", "");
        let found = |path: &str| find(root, Path::new(path)).map(|found| found.to_string());
        let site = "/v/lib/python3.11/site-packages";
        assert_eq!(
            found(&format!("{site}/scikit_learn.libs/libgomp-e985bcbb.so.1.0.0")).as_deref(),
            Some("scikit-learn 1.9.1 (wheel)")
        );
        assert_eq!(found("/v/lib/libiomp5.so").as_deref(), Some("intel_openmp 2026.2.0 (wheel)"));
        assert!(found(&format!("{site}/a,b.so")).is_some());
        assert_eq!(found(&format!("{site}/other/libgomp-e985bcbb.so.1.0.0")), None);
    }
}
