//! What is no table, or not ours, is refused.

#![cfg(not(loom))]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::ffi::CString;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt, symlink};
use std::path::Path;

use corewise_arbiter::{Settings, Table, TableError, open};

const SETTINGS: Settings = Settings { budget: 3, deterministic: true };

fn create(path: &Path) -> Result<Table, TableError> {
    Table::create(&CString::new(path.as_os_str().as_bytes()).unwrap(), SETTINGS)
}

#[test]
fn a_file_that_is_there_already_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table");
    fs::write(&path, b"text").unwrap();
    assert_eq!(create(&path).unwrap_err(), TableError::System("open", libc::EEXIST));
    assert_eq!(fs::read(&path).unwrap(), b"text");
}

#[test]
fn a_folder_that_cannot_be_written_to_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("missing/table");
    assert_eq!(create(&missing).unwrap_err(), TableError::System("open", libc::ENOENT));
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o500)).unwrap();
    let made = create(&folder.path().join("table"));
    if fs::metadata(folder.path()).unwrap().uid() == 0 {
        // Root may.
        made.unwrap();
    } else {
        assert_eq!(made.unwrap_err(), TableError::System("open", libc::EACCES));
    }
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_file_of_another_version_is_told_from_a_broken_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table");
    drop(create(&path).unwrap());
    let file = fs::File::options().write(true).open(&path).unwrap();
    file.write_all_at(&7_u32.to_ne_bytes(), 8).unwrap();
    let error = open(&path).unwrap_err();
    assert_eq!(error, TableError::Version(7));
    assert!(error.to_string().contains("layout 7"), "{error}");
    file.write_all_at(&0_u64.to_ne_bytes(), 0).unwrap();
    assert_eq!(open(&path).unwrap_err(), TableError::NotATable);
}

#[test]
fn a_file_of_another_length_is_no_table() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table");
    drop(create(&path).unwrap());
    let file = fs::File::options().write(true).open(&path).unwrap();
    let bytes = u64::try_from(Table::BYTES).unwrap();
    for length in [bytes + 1, bytes - 1, 4096, 1, 0] {
        file.set_len(length).unwrap();
        assert_eq!(open(&path).unwrap_err(), TableError::NotATable, "{length} bytes");
    }
}

#[test]
fn a_link_is_not_followed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("table");
    drop(create(&path).unwrap());
    let link = folder.path().join("link");
    symlink(&path, &link).unwrap();
    assert_eq!(open(&link).unwrap_err(), TableError::System("open", libc::ELOOP));
    assert_eq!(open(&path).unwrap().settings(), SETTINGS);
}
