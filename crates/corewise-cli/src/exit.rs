//! Exit codes.

/// How a `corewise` command ended.
///
/// `corewise record` and `corewise run` pass the program's own status through; corewise's own
/// failures use the numbers of BSD's `sysexits.h` (64 to 78), which programs seldom use, the number
/// after these where compared runs differ, and the shell's 126 and 127 for a command that could not
/// be started, as 124 is that of `timeout`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExitStatus {
    /// 0: done.
    Success,
    /// The status of the recorded program: its exit code, or 128 + N where signal N ended it.
    Program(u8),
    /// 64: the command line is wrong.
    Usage,
    /// 65: a file is no recording, is damaged, or was written by a newer corewise.
    BadRecording,
    /// 66: a file or a process that was named is not there.
    NotFound,
    /// 69: something that corewise needs is not available here.
    Unavailable,
    /// 70: a defect in corewise.
    Internal,
    /// 73: an output file cannot be created.
    CannotCreate,
    /// 74: reading or writing failed, as on a full disk.
    Io,
    /// 77: permission denied.
    Permission,
    /// 79: runs of `corewise compare` ended with different exit codes, or printed different things.
    Differ,
    /// 124: every run of `corewise compare` took longer than `--timeout`.
    TimedOut,
    /// 126: the program exists and cannot be started.
    CannotStart,
    /// 127: there is no such program.
    NoSuchProgram,
}

impl ExitStatus {
    /// The number that the process exits with.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Program(code) => code,
            Self::Usage => 64,
            Self::BadRecording => 65,
            Self::NotFound => 66,
            Self::Unavailable => 69,
            Self::Internal => 70,
            Self::CannotCreate => 73,
            Self::Io => 74,
            Self::Permission => 77,
            Self::Differ => 79,
            Self::TimedOut => 124,
            Self::CannotStart => 126,
            Self::NoSuchProgram => 127,
        }
    }

    /// This status, or `other` where this one is success.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        if self == Self::Success { other } else { self }
    }
}
