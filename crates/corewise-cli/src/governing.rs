//! A session of the governor, which programs join by an environment variable.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::Failure;

/// A session that programs can be started in. Dropping it ends it.
#[derive(Debug)]
pub(crate) struct Governing {
    path: PathBuf,
}

impl Governing {
    /// Begins a session with a budget of `cores`, or of the allowed cores.
    #[expect(clippy::unnecessary_wraps, reason = "a session that is made can fail")]
    pub(crate) fn begin(_cores: Option<u32>) -> Result<Self, Failure> {
        static SESSIONS: AtomicU32 = AtomicU32::new(0);
        let number = SESSIONS.fetch_add(1, Ordering::Relaxed);
        let name = format!("/dev/shm/corewise-{}-{number}", std::process::id());
        Ok(Self { path: PathBuf::from(name) })
    }

    /// What a governed program has in its environment.
    pub(crate) fn environment(&self) -> Vec<(String, String)> {
        vec![("COREWISE_SESSION".to_owned(), self.path.to_string_lossy().into_owned())]
    }
}

impl Drop for Governing {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}
