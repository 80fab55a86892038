//! Conda packages, by the JSON files in `conda-meta` of their environment.

use std::fs;
use std::path::Path;

use corewise_model::{Distribution, Shipper};
use serde::Deserialize;

use super::shippers::under;

/// What is read of a package's metadata.
#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    #[serde(default)]
    files: Vec<String>,
}

/// The conda package that lists this path, in the environment that the path is in.
pub(super) fn find(root: &Path, path: &Path) -> Option<Distribution> {
    let prefix = path.ancestors().skip(1).find(|p| under(root, p).join("conda-meta").is_dir())?;
    let relative = path.strip_prefix(prefix).ok()?.to_str()?;
    let entries = fs::read_dir(under(root, prefix).join("conda-meta")).ok()?;
    let files = entries.filter_map(|entry| {
        let file = entry.ok()?.path();
        (file.extension()? == "json").then_some(file)
    });
    files.into_iter().find_map(|file| {
        let text = fs::read_to_string(file).ok().filter(|text| text.contains(relative))?;
        let package: Package = serde_json::from_str(&text).ok()?;
        package.files.iter().any(|file| file == relative).then_some(Distribution {
            shipper: Shipper::Conda,
            name: package.name,
            version: package.version,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_of_an_environment_is_its_package_s() {
        let root = tempfile::tempdir().unwrap();
        let meta = root.path().join("opt/conda/conda-meta");
        fs::create_dir_all(&meta).unwrap();
        let json = r#"{"name": "libopenblas", "version": "0.3.28", "build": "pthreads_h94d23a6_1",
            "files": ["lib/libopenblas.so.0", "lib/libopenblasp-r0.3.28.so"], "depends": []}"#;
        fs::write(meta.join("libopenblas-0.3.28-pthreads_h94d23a6_1.json"), json).unwrap();
        fs::write(meta.join("broken.json"), "lib/libopenblasp-r0.3.28.so {").unwrap();
        fs::write(meta.join("history"), "").unwrap();
        let found = find(root.path(), Path::new("/opt/conda/lib/libopenblasp-r0.3.28.so"));
        assert_eq!(found.unwrap().to_string(), "libopenblas 0.3.28 (conda)");
        assert_eq!(find(root.path(), Path::new("/opt/conda/lib/libopenblasp-r0.3.2")), None);
        assert_eq!(find(root.path(), Path::new("/usr/lib/libopenblasp-r0.3.28.so")), None);
    }
}
