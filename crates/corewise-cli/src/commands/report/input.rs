//! Reads a recording, and says what is wrong with what is none.

use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};

use corewise_model::Recording;
use corewise_model::codec::{self, DecodeError};
use corewise_present::escape;

use crate::{ExitStatus, Failure};

/// Recordings that a hint names.
const NAMED: usize = 3;

/// The recording in this file, or from standard input for `-`.
pub(crate) fn read(file: &Path) -> Result<Recording, Failure> {
    let (name, bytes) = if file.as_os_str() == "-" {
        let mut bytes = Vec::new();
        let read = io::stdin().lock().read_to_end(&mut bytes);
        ("standard input".to_owned(), read.map(|_| bytes))
    } else {
        (shown(file), fs::read(file))
    };
    let bytes = bytes.map_err(|error| unreadable(file, &name, &error))?;
    codec::decode(&bytes).map_err(|error| no_recording(&name, bytes.is_empty(), &error))
}

/// A path as it is shown in a message.
pub(super) fn shown(path: &Path) -> String {
    escape::text(&path.to_string_lossy(), true).into_owned()
}

fn unreadable(file: &Path, name: &str, error: &io::Error) -> Failure {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => {
            let failure = Failure::new(ExitStatus::NotFound, format!("{name} does not exist"));
            let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
            with_recordings(failure, folder.unwrap_or(Path::new(".")))
        }
        ErrorKind::IsADirectory => {
            let message = format!("{name} is a directory, not a recording");
            with_recordings(Failure::new(ExitStatus::BadRecording, message), file)
        }
        ErrorKind::PermissionDenied => {
            Failure::new(ExitStatus::Permission, format!("{name} cannot be read: {error}"))
                .hint("recordings are readable by the user who made them")
        }
        _ => Failure::new(ExitStatus::Io, format!("{name} cannot be read: {error}")),
    }
}

/// With a hint at the recordings that are there.
fn with_recordings(failure: Failure, folder: &Path) -> Failure {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "corewise"))
        .collect();
    found.sort();
    if found.is_empty() {
        return failure.hint("`corewise record -o FILE -- python …` makes a recording");
    }
    let names: Vec<String> = found.iter().take(NAMED).map(|path| shown(path)).collect();
    let more = if found.len() > NAMED { " …" } else { "" };
    failure.hint(format!("recordings there: {}{more}", names.join(" ")))
}

fn no_recording(name: &str, empty: bool, error: &DecodeError) -> Failure {
    let failure = Failure::new(ExitStatus::BadRecording, format!("{name}: {error}"));
    match error {
        DecodeError::Foreign if empty => {
            Failure::new(ExitStatus::BadRecording, format!("{name} is empty"))
                .hint("its recorder was stopped before it wrote anything: record again")
        }
        DecodeError::Foreign => {
            failure.hint("`corewise record -o FILE -- python …` makes a recording")
        }
        DecodeError::Newer { .. } => failure
            .hint("read it with the corewise that made it, or a newer one")
            .hint("pip install --upgrade corewise"),
        DecodeError::Empty => {
            failure.hint("its recorder was stopped at once, or has only just begun")
        }
        _ => failure.hint("copy the file again from where it was made, or record again"),
    }
}
