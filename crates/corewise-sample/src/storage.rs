//! Where a recording goes while it is made.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use corewise_model::{Entry, codec};
use rustix::fs::{MemfdFlags, memfd_create};

use crate::SampleError;

/// A file that grows by whole frames, named by the user or in memory.
#[derive(Debug)]
pub struct Storage {
    file: File,
    /// The name of a file that was not there before.
    fresh: Option<PathBuf>,
    written: u64,
    frames: u64,
}

impl Storage {
    /// A file of this name, readable by its owner alone: command lines and paths may be private.
    /// What is there is kept until the recording begins.
    pub fn create(path: &Path) -> Result<Self, SampleError> {
        let open = |new: bool| {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create_new(new).mode(0o600).open(path)
        };
        match open(true) {
            Ok(file) => Ok(Self { file, fresh: Some(path.to_owned()), written: 0, frames: 0 }),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                open(false).map(|file| Self { file, fresh: None, written: 0, frames: 0 })
            }
            Err(error) => Err(error),
        }
        .map_err(|source| SampleError::CannotCreate { path: path.to_owned(), source })
    }

    /// A file that has no name and is gone with this process (`memfd_create`).
    pub fn memory() -> Result<Self, SampleError> {
        let file = memfd_create("corewise recording", MemfdFlags::CLOEXEC)
            .map_err(SampleError::system("cannot make a file in memory"))?;
        Ok(Self { file: File::from(file), fresh: None, written: 0, frames: 0 })
    }

    /// Removes a file that was made for a recording which did not begin.
    pub fn discard(self) {
        if let Some(path) = self.fresh {
            let _ = std::fs::remove_file(path);
        }
    }

    /// Begins the recording: what was in the file is gone.
    pub(crate) fn begin(&mut self) -> Result<(), SampleError> {
        let preamble = codec::preamble();
        // A pipe or a device has no length to set.
        let _ = self.file.set_len(0);
        self.file.write_all(&preamble).map_err(SampleError::Storage)?;
        self.written = preamble.len() as u64;
        Ok(())
    }

    /// Bytes so far.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
    }

    /// Whether nothing could be written beyond the first frame, which tells only what was to be
    /// recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.frames < 2
    }

    /// Appends a frame. The file holds only whole frames even after a failure (a full disk): what
    /// was written of this one is cut off again.
    pub(crate) fn append(&mut self, entries: &[Entry]) -> Result<(), SampleError> {
        let frame = codec::encode_frame(entries)
            .map_err(|error| SampleError::Storage(io::Error::other(error)))?;
        if let Err(error) = self.file.write_all(&frame) {
            let _ = self.file.set_len(self.written);
            let _ = self.file.seek(SeekFrom::Start(self.written));
            return Err(SampleError::Storage(error));
        }
        self.written += frame.len() as u64;
        self.frames += 1;
        Ok(())
    }

    /// All bytes, for the report at the end.
    pub fn read_back(&mut self) -> Result<Vec<u8>, SampleError> {
        let mut bytes = Vec::new();
        self.file
            .seek(SeekFrom::Start(0))
            // A device may give more than was written to it, without end.
            .and_then(|_| (&mut self.file).take(self.written).read_to_end(&mut bytes))
            .map_err(SampleError::Storage)?;
        Ok(bytes)
    }
}
