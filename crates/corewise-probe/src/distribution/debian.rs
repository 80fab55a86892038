//! Debian packages, by dpkg's lists of files (`/var/lib/dpkg/info/*.list`).

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use corewise_model::{Distribution, Shipper};

use super::shippers::under;

/// The Debian package that lists this path.
pub(super) fn find(root: &Path, path: &Path) -> Option<Distribution> {
    let dpkg = under(root, Path::new("/var/lib/dpkg"));
    let names = names(path.to_str()?);
    let lists = fs::read_dir(dpkg.join("info")).ok()?.filter_map(|entry| {
        let file = entry.ok()?.path();
        (file.extension()? == "list").then_some(file)
    });
    let mut lists: Vec<PathBuf> = lists.collect();
    lists.sort_unstable();
    let list = lists.into_iter().find(|file| {
        let text = fs::read_to_string(file).unwrap_or_default();
        names.iter().any(|name| text.contains(name) && text.lines().any(|line| line == name))
    })?;
    // `libgomp1:amd64.list`: with the architecture where a package may be there for several.
    let owner = list.file_stem().and_then(OsStr::to_str)?;
    let (name, architecture) = owner.split_once(':').unwrap_or((owner, ""));
    let version = version(&fs::read_to_string(dpkg.join("status")).ok()?, name, architecture)?;
    Some(Distribution { shipper: Shipper::Debian, name: name.to_owned(), version })
}

/// A path as packages may list it: `/lib` and its kin are symbolic links to `/usr/lib` since the
/// merge of the two, and packages of before list the former.
fn names(path: &str) -> Vec<String> {
    let mut names = vec![path.to_owned()];
    match path.strip_prefix("/usr") {
        Some(rest) if ["/lib", "/bin", "/sbin"].iter().any(|top| rest.starts_with(top)) => {
            names.push(rest.to_owned());
        }
        Some(_) => {}
        None => names.push(format!("/usr{path}")),
    }
    names
}

/// The version of a package in the text of dpkg's `status`.
fn version(status: &str, name: &str, architecture: &str) -> Option<String> {
    let paragraphs = status.split("\n\n");
    let mut matching = paragraphs.filter(|paragraph| {
        let has = |key: &str, value: &str| {
            paragraph.lines().any(|line| line.strip_prefix(key).is_some_and(|v| v.trim() == value))
        };
        has("Package:", name) && (architecture.is_empty() || has("Architecture:", architecture))
    });
    let lines = matching.next()?.lines();
    lines.into_iter().find_map(|line| line.strip_prefix("Version:")).map(|v| v.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATUS: &str = "\
Package: libgomp1\nStatus: install ok installed\nArchitecture: i386\nVersion: 1\n\n\
Package: libgomp1\nArchitecture: amd64\nVersion: 12.2.0-14+deb12u1\n\n\
Package: libgomp1-dbg\nArchitecture: amd64\nVersion: 3\n";

    #[test]
    fn a_library_listed_without_usr_is_found_with_it() {
        let root = tempfile::tempdir().unwrap();
        let dpkg = root.path().join("var/lib/dpkg");
        fs::create_dir_all(dpkg.join("info")).unwrap();
        fs::write(dpkg.join("status"), STATUS).unwrap();
        let list = "/.\n/lib\n/lib/x86_64-linux-gnu/libgomp.so.1.0.0\n";
        fs::write(dpkg.join("info/libgomp1:amd64.list"), list).unwrap();
        fs::write(dpkg.join("info/libgomp1:amd64.md5sums"), list).unwrap();
        let found = |path: &str| find(root.path(), Path::new(path)).map(|d| d.to_string());
        let expected = Some("libgomp1 12.2.0-14+deb12u1 (Debian)".to_owned());
        assert_eq!(found("/usr/lib/x86_64-linux-gnu/libgomp.so.1.0.0"), expected);
        assert_eq!(found("/lib/x86_64-linux-gnu/libgomp.so.1.0.0"), expected);
        assert_eq!(found("/usr/lib/x86_64-linux-gnu/libgomp.so.1"), None);
    }
}
