//! Writes an export: whole, or not at all.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

use corewise_present::PresentError;

use super::input::shown;
use crate::{ExitStatus, Failure};

/// What writes an export.
type Writer<'a> = dyn FnMut(&mut dyn Write) -> Result<(), PresentError> + 'a;

/// Where an export goes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// Standard output.
    Stdout,
    /// A FIFO, a terminal, another device: what cannot be replaced by a file.
    Device(PathBuf),
    /// A file, which is there or not, with its symbolic links followed.
    File(PathBuf),
}

impl Target {
    /// What the user named, unless it cannot be written to or is the recording itself.
    pub(super) fn new(out: &OsStr, recording: &Path) -> Result<Self, Failure> {
        let path = Path::new(out);
        if matches!(out.to_str(), Some("-" | "/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1")) {
            return Ok(Self::Stdout);
        }
        if out.is_empty() || path.file_name().is_none() || ends_in_slash(out) || path.is_dir() {
            let message = format!("cannot write to {}: it is a directory", shown(path));
            return Err(Failure::new(ExitStatus::CannotCreate, message)
                .hint(format!("name a file in it, as {}", shown(&path.join("report")))));
        }
        match fs::metadata(path) {
            Ok(metadata) if !metadata.is_file() => return Ok(Self::Device(path.to_owned())),
            Ok(_) if path.starts_with("/dev") || path.starts_with("/proc") => {
                return Ok(Self::Device(path.to_owned()));
            }
            _ => {}
        }
        let target = resolve(path);
        if fs::canonicalize(recording).is_ok_and(|recording| recording == target) {
            let message = format!("{} is the recording itself", shown(path));
            return Err(Failure::new(ExitStatus::Usage, message)
                .hint("name another file for the export, behind its option"));
        }
        Ok(Self::File(target))
    }

    /// Writes what `write` writes. A failure leaves a file as it was before.
    pub(super) fn write(&self, write: &mut Writer<'_>) -> Result<(), Failure> {
        match self {
            Self::Stdout => {
                let mut out = BufWriter::new(io::stdout().lock());
                let result = write(&mut out).and_then(|()| Ok(out.flush()?));
                settle("stdout", result)
            }
            Self::Device(path) => {
                let file = OpenOptions::new().write(true).open(path);
                let mut out = BufWriter::new(file.map_err(|error| cannot_create(path, &error))?);
                let result = write(&mut out).and_then(|()| Ok(out.flush()?));
                settle(&shown(path), result)
            }
            Self::File(path) => replace(path, write),
        }
    }
}

/// The path without symbolic links, as far as it exists: a file that will be made has a folder.
fn resolve(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let made = || {
        let folder = fs::canonicalize(folder.unwrap_or(Path::new("."))).ok()?;
        Some(folder.join(path.file_name()?))
    };
    fs::canonicalize(path).ok().or_else(made).unwrap_or_else(|| path.to_owned())
}

fn ends_in_slash(out: &OsStr) -> bool {
    out.as_encoded_bytes().ends_with(b"/")
}

/// No two exports go to one place.
pub(super) fn distinct(targets: &[Target]) -> Result<(), Failure> {
    for (at, target) in targets.iter().enumerate() {
        if targets[..at].contains(target) {
            let place = match target {
                Target::Stdout => "stdout".to_owned(),
                Target::Device(path) | Target::File(path) => shown(path),
            };
            let message = format!("two exports cannot both go to {place}");
            return Err(Failure::new(ExitStatus::Usage, message).hint("name a file for each"));
        }
    }
    Ok(())
}

/// Writes beside `path` and renames, so that nobody sees half a file.
fn replace(path: &Path, write: &mut Writer<'_>) -> Result<(), Failure> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let beside = path.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let file = File::create_new(&beside).map_err(|error| cannot_create(path, &error))?;
    let result = fill(file, path, write).and_then(|()| Ok(fs::rename(&beside, path)?));
    if result.is_err() {
        let _ = fs::remove_file(&beside);
    }
    settle(&shown(path), result)
}

fn fill(file: File, path: &Path, write: &mut Writer<'_>) -> Result<(), PresentError> {
    if let Ok(before) = fs::metadata(path) {
        file.set_permissions(before.permissions())?;
    }
    let mut out = BufWriter::with_capacity(1 << 18, file);
    write(&mut out)?;
    Ok(out.flush()?)
}

fn cannot_create(path: &Path, error: &io::Error) -> Failure {
    let name = shown(path);
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            let folder = path.parent().unwrap_or(Path::new("/"));
            let message = format!("cannot create {name}: there is no folder {}", shown(folder));
            Failure::new(ExitStatus::CannotCreate, message)
                .hint(format!("mkdir -p {}", shown(folder)))
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            Failure::new(ExitStatus::Permission, format!("cannot create {name}: {error}"))
                .hint("name a file in a folder that you may write to")
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Failure::new(ExitStatus::Io, format!("cannot create {name}: {error}"))
        }
        _ => Failure::new(ExitStatus::CannotCreate, format!("cannot create {name}: {error}")),
    }
}

fn settle(name: &str, result: Result<(), PresentError>) -> Result<(), Failure> {
    match result {
        Ok(()) => Ok(()),
        Err(PresentError::Write(error)) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(PresentError::Write(error)) => {
            Err(Failure::new(ExitStatus::Io, format!("cannot write to {name}: {error}")))
        }
        Err(error) => {
            Err(Failure::new(ExitStatus::Internal, format!("cannot write to {name}: {error}")))
        }
    }
}
