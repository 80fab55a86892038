//! Whether any other thread of this process could be computing.

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

/// `/proc/self/task/TID/syscall` begins with the number of the system call, or says `running`.
fn is_blocked(tid: &[u8]) -> bool {
    let mut path = [0_u8; 64];
    let parts = [b"/proc/self/task/".as_slice(), tid, b"/syscall"];
    let mut bytes = path.iter_mut();
    for byte in parts.into_iter().flatten() {
        let Some(place) = bytes.next() else { return false };
        *place = *byte;
    }
    if path.last() != Some(&0) {
        return false;
    }
    // SAFETY: the path ends with a zero byte.
    let file = unsafe { libc::open(path.as_ptr().cast(), libc::O_RDONLY | libc::O_CLOEXEC) };
    if file < 0 {
        // It ended, or the kernel does not tell.
        return std::io::Error::last_os_error().raw_os_error() == Some(libc::ENOENT);
    }
    let mut text = [0_u8; 16];
    // SAFETY: the descriptor is open, the buffer has the length given.
    let read = unsafe { libc::read(file, text.as_mut_ptr().cast(), text.len()) };
    // SAFETY: the descriptor is open and ours.
    unsafe { libc::close(file) };
    read > 0 && !text.starts_with(b"running")
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::sync::mpsc;

    use super::*;

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
