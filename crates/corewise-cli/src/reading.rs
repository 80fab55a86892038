//! A recording that was read from its file, for the Python package: what `corewise report` tells,
//! without a command line.

use std::path::Path;

use corewise_model::{Finding, Nanos, Recording};
use corewise_present::{FragmentOptions, TextOptions, export, fragment, summary_text};

use crate::commands::report::{HtmlFile, input};
use crate::{ExitStatus, Failure};

/// A recording and its findings.
#[derive(Debug)]
pub struct Reading {
    recording: Recording,
    findings: Vec<Finding>,
}

impl Reading {
    /// The recording in a file.
    pub fn open(file: &Path) -> Result<Self, Failure> {
        let recording = input::read(plain(file))?;
        let findings = corewise_analyse::findings(&recording);
        Ok(Self { recording, findings })
    }

    /// As `corewise report --json`.
    pub fn json(&self) -> Result<Vec<u8>, Failure> {
        let mut out = Vec::new();
        export::json(&self.recording, &self.findings, &mut out)
            .map_err(|error| Failure::new(ExitStatus::Internal, error.to_string()))?;
        Ok(out)
    }

    /// As `corewise report`, without colours.
    #[must_use]
    pub fn text(&self, all: bool) -> String {
        let options = TextOptions { colour: false, all, ..TextOptions::default() };
        summary_text(&self.recording, &self.findings, &options)
    }

    /// The figures and the timeline as a few lines of HTML. `wall` is how long the code took and
    /// `limit` the cores that it was limited to, where the recording does not say.
    #[must_use]
    pub fn fragment(&self, wall: Option<Nanos>, limit: Option<u32>) -> String {
        fragment(&self.recording, &FragmentOptions { wall, limit })
    }

    /// As `corewise report --html`; `file` is where the recording is, which is not written to.
    pub fn write_html(&self, out: &Path, file: &Path) -> Result<(), Failure> {
        HtmlFile::new(plain(out), Some(file))?.write(&self.recording, &self.findings)
    }
}

/// A path is a path here: the file `-`, not standard input or output.
fn plain(path: &Path) -> &Path {
    if path.as_os_str() == "-" { Path::new("./-") } else { path }
}
