//! Where a recording goes while it is made.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use corewise_model::{Entry, codec};
use rustix::fs::{MemfdFlags, memfd_create};

use crate::SampleError;

/// A file that grows by whole frames, named by the user or in memory.
#[derive(Debug)]
pub struct Storage {
    file: File,
    written: u64,
}

impl Storage {
    /// A new file, readable by its owner alone: command lines and paths may be private.
    pub fn create(path: &Path) -> Result<Self, SampleError> {
        let create = || {
            let file = OpenOptions::new()
                .read(true)
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(path)?;
            Self::begin(file)
        };
        create().map_err(|source| SampleError::CannotCreate { path: path.to_owned(), source })
    }

    /// A file that has no name and is gone with this process (`memfd_create`).
    pub fn memory() -> Result<Self, SampleError> {
        let file = memfd_create("corewise recording", MemfdFlags::CLOEXEC)
            .map_err(SampleError::system("cannot make a file in memory"))?;
        Self::begin(File::from(file)).map_err(SampleError::Storage)
    }

    fn begin(mut file: File) -> io::Result<Self> {
        let preamble = codec::preamble();
        file.write_all(&preamble)?;
        Ok(Self { file, written: preamble.len() as u64 })
    }

    /// Bytes so far.
    #[must_use]
    pub fn written(&self) -> u64 {
        self.written
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
        Ok(())
    }

    /// All bytes, for the report at the end.
    pub fn read_back(&mut self) -> Result<Vec<u8>, SampleError> {
        let mut bytes = Vec::new();
        self.file
            .seek(SeekFrom::Start(0))
            .and_then(|_| self.file.read_to_end(&mut bytes))
            .map_err(SampleError::Storage)?;
        Ok(bytes)
    }
}
