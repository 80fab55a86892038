//! Where a thread's stack is.

use std::fs;
use std::io;

use corewise_model::{Pid, Tid};

/// What the kernel shows of a thread's stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StackPointer {
    /// It is not on a core, and this is its stack pointer.
    At(u64),
    /// It is on a core.
    Running,
    /// It has ended.
    Ended,
    /// The kernel does not show it to us.
    Hidden,
}

/// The stack pointer of a thread, as the kernel saved it when the thread last entered it.
pub(super) fn pointer(pid: Pid, tid: Tid) -> StackPointer {
    match fs::read_to_string(format!("/proc/{pid}/task/{tid}/syscall")) {
        Ok(text) => parse(&text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => StackPointer::Ended,
        Err(error) if error.raw_os_error() == Some(libc::ESRCH) => StackPointer::Ended,
        Err(_) => StackPointer::Hidden,
    }
}

/// `running`, or the system call's number, its arguments (none where the number is -1), the stack
/// pointer and the program counter.
fn parse(text: &str) -> StackPointer {
    let mut words = text.split_ascii_whitespace().rev();
    let pointer = words.nth(1).and_then(|word| word.strip_prefix("0x"));
    match pointer.and_then(|word| u64::from_str_radix(word, 16).ok()) {
        Some(0) => StackPointer::Ended,
        Some(pointer) => StackPointer::At(pointer),
        None if text.starts_with("running") => StackPointer::Running,
        None => StackPointer::Hidden,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_of_the_file_are_understood() {
        assert_eq!(parse("running\n"), StackPointer::Running);
        assert_eq!(parse("-1 0x7ffe10 0x7f1650\n"), StackPointer::At(0x7f_fe10));
        assert_eq!(
            parse("202 0x1 0x89 0x0 0x0 0x0 0xffffffff 0x7ffeb8 0x7f1650d142ad\n"),
            StackPointer::At(0x7f_feb8)
        );
        assert_eq!(parse("-1 0x0 0x0\n"), StackPointer::Ended);
        assert_eq!(parse(""), StackPointer::Hidden);
    }
}
