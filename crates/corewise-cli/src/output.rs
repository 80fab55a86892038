//! Standard output and error, where a closed pipe is no failure.

use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write};

use anstream::{AutoStream, StripStream};
use anstyle::{AnsiColor, Style};

use crate::{ExitStatus, Failure};

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HINT: Style = AnsiColor::Cyan.on_default().bold();

/// Where a command writes: data to `out`, talk to `talk`. Escape sequences are stripped where the
/// stream is no terminal or `NO_COLOR` is set.
pub struct Output {
    out: Box<dyn Write>,
    talk: Box<dyn Write>,
    closed: bool,
}

impl Output {
    /// The process's own stdout and stderr.
    #[must_use]
    pub fn standard() -> Self {
        Self {
            out: Box::new(AutoStream::auto(io::stdout())),
            talk: Box::new(AutoStream::auto(io::stderr())),
            closed: false,
        }
    }

    /// Writers for a test, without colours.
    #[must_use]
    pub fn plain(out: Box<dyn Write>, talk: Box<dyn Write>) -> Self {
        Self {
            out: Box::new(StripStream::new(out)),
            talk: Box::new(StripStream::new(talk)),
            closed: false,
        }
    }

    /// Writes data. After a closed pipe it does nothing.
    pub fn data(&mut self, text: &str) -> Result<(), Failure> {
        let result = self.out.write_all(text.as_bytes());
        self.settle(result)
    }

    /// Writes talk, whose loss is no failure.
    pub fn talk(&mut self, text: &str) {
        let _ = self.talk.write_all(text.as_bytes()).and_then(|()| self.talk.flush());
    }

    /// Writes a failure and gives its status.
    pub fn fail(&mut self, failure: &Failure) -> ExitStatus {
        let mut text = format!("{ERROR}error:{ERROR:#} {}\n", failure.message);
        for hint in &failure.hints {
            let _ = writeln!(text, "{HINT}hint:{HINT:#} {hint}");
        }
        self.talk(&text);
        failure.status
    }

    /// Writes out what is buffered.
    pub fn flush(&mut self) -> Result<ExitStatus, Failure> {
        let result = self.out.flush();
        self.settle(result).map(|()| ExitStatus::Success)
    }

    fn settle(&mut self, result: io::Result<()>) -> Result<(), Failure> {
        match result {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.closed = true;
                Ok(())
            }
            Err(error) if !self.closed => {
                // Said once: what is still buffered fails again at the end.
                self.closed = true;
                Err(Failure::new(ExitStatus::Io, format!("cannot write to stdout: {error}")))
            }
            _ => Ok(()),
        }
    }
}
