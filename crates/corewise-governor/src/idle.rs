//! Whether other threads of this process could be computing.

use std::ffi::CStr;

/// Whether every other thread is blocked in a system call. Then none is inside BLAS: its callers
/// and its busy threads spin, and one that waits for a lock in there waits for one that runs.
pub(crate) fn others_are_blocked() -> bool {
    // SAFETY: `gettid` has no preconditions.
    let me = unsafe { libc::gettid() };
    // SAFETY: the path is a C string.
    let folder = unsafe { libc::opendir(c"/proc/self/task".as_ptr()) };
    if folder.is_null() {
        return false;
    }
    let mut blocked = true;
    // SAFETY: the folder is open, and only this thread reads it.
    while let Some(entry) = unsafe { libc::readdir(folder).as_ref() } {
        // SAFETY: the name ends with a zero byte.
        let name = unsafe { CStr::from_ptr(entry.d_name.as_ptr()) }.to_bytes();
        let Some(tid) = number(name) else { continue };
        if tid != me && !is_blocked(name) {
            blocked = false;
            break;
        }
    }
    // SAFETY: the folder is open and ours.
    unsafe { libc::closedir(folder) };
    blocked
}

fn number(name: &[u8]) -> Option<i32> {
    std::str::from_utf8(name).ok()?.parse().ok()
}

/// `/proc/self/task/TID/syscall` begins with the number of the system call, or says `running`, or
/// begins with -1 where a thread waits outside of one: for a page of memory.
fn is_blocked(tid: &[u8]) -> bool {
    let mut text = [0_u8; 16];
    match read(tid, b"/syscall", &mut text) {
        Some(text) => text.first().is_some_and(u8::is_ascii_digit),
        // It ended, or the kernel does not tell.
        None => std::io::Error::last_os_error().raw_os_error() == Some(libc::ENOENT),
    }
}

/// Whether a thread of this process is neither running nor ready to run.
pub(crate) fn sleeps(tid: u32) -> bool {
    let mut digits = [0_u8; 10];
    let mut text = [0_u8; 64];
    let Some(stat) = read(decimal(tid, &mut digits), b"/stat", &mut text) else { return false };
    // `TID (name) S …`: names have up to 15 bytes, parentheses among them perhaps.
    let end = stat.iter().rposition(|byte| *byte == b')');
    let state = end.and_then(|end| stat.get(end + 2));
    state.is_some_and(|state| *state != b'R')
}

fn decimal(mut number: u32, digits: &mut [u8; 10]) -> &[u8] {
    let mut start = digits.len();
    for (place, digit) in digits.iter_mut().enumerate().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
        start = place;
        if number == 0 {
            break;
        }
    }
    digits.get(start..).unwrap_or(&[])
}

/// The beginning of a file of a thread of this process; `None` where it cannot be opened.
fn read<'a>(tid: &[u8], name: &[u8], text: &'a mut [u8]) -> Option<&'a [u8]> {
    let mut path = [0_u8; 64];
    let parts = [b"/proc/self/task/".as_slice(), tid, name];
    // One byte stays zero: the end.
    let mut places = path.iter_mut().take(63);
    for byte in parts.into_iter().flatten() {
        *places.next()? = *byte;
    }
    // SAFETY: the path ends with a zero byte.
    let file = unsafe { libc::open(path.as_ptr().cast(), libc::O_RDONLY | libc::O_CLOEXEC) };
    if file < 0 {
        return None;
    }
    // SAFETY: the descriptor is open, the buffer has the length given.
    let length = unsafe { libc::read(file, text.as_mut_ptr().cast(), text.len()) };
    // SAFETY: the descriptor is open and ours.
    unsafe { libc::close(file) };
    text.get(..usize::try_from(length).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn a_thread_that_sleeps_is_told_from_one_that_runs() {
        // SAFETY: `gettid` has no preconditions.
        let tid = || unsafe { libc::gettid() }.cast_unsigned();
        assert!(!sleeps(tid()));
        let (say, hear) = mpsc::channel();
        let (end, wait) = mpsc::channel::<()>();
        let sleeper = std::thread::Builder::new().name("a) R (b".into()).spawn(move || {
            say.send(tid()).unwrap();
            let _ = wait.recv();
        });
        let other = hear.recv().unwrap();
        while !sleeps(other) {
            std::thread::yield_now();
        }
        end.send(()).unwrap();
        sleeper.unwrap().join().unwrap();
        while sleeps(other) {
            std::thread::yield_now();
        }
    }

    #[test]
    fn numbers_are_written() {
        for number in [0, 7, 10, 4_194_304, u32::MAX] {
            assert_eq!(decimal(number, &mut [0; 10]), number.to_string().as_bytes());
        }
    }

    #[test]
    fn a_thread_that_runs_is_seen() {
        static STOP: AtomicBool = AtomicBool::new(false);
        let (ready, wait) = mpsc::channel();
        let busy = std::thread::spawn(move || {
            ready.send(()).unwrap();
            while !STOP.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
        });
        wait.recv().unwrap();
        let seen = (0..1000).any(|_| !others_are_blocked());
        STOP.store(true, Ordering::Relaxed);
        busy.join().unwrap();
        assert!(seen);
    }
}
