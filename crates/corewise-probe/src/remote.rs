//! The memory of another process, read without stopping it.

use std::io;

use corewise_model::Pid;

use crate::elf::Memory;

/// The memory of a process, by `process_vm_readv`.
///
/// The call needs the right to attach to the process (same user, or `CAP_SYS_PTRACE`; Yama may ask
/// for more), but neither attaches nor stops it: bytes may change while they are read. One call
/// for 16 KiB takes 2 to 4 µs.
#[derive(Debug, Clone, Copy)]
pub struct Remote {
    pid: Pid,
}

impl Remote {
    /// The memory of this process. Nothing is checked until it is read.
    #[must_use]
    pub fn new(pid: Pid) -> Self {
        Self { pid }
    }

    /// Reads from `address` on, and says how many bytes were read: fewer than asked for where the
    /// mapping ends.
    pub fn read(&self, address: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let pid = libc::pid_t::try_from(self.pid.0).map_err(io::Error::other)?;
        let address = usize::try_from(address).map_err(io::Error::other)?;
        let local = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
        let remote = libc::iovec { iov_base: address as *mut _, iov_len: buffer.len() };
        // SAFETY: `local` is one writable buffer of the length given. `remote` is an address in
        // the other process, which the kernel checks; it is never dereferenced here.
        let read =
            unsafe { libc::process_vm_readv(pid, &raw const local, 1, &raw const remote, 1, 0) };
        usize::try_from(read).map_err(|_| io::Error::last_os_error())
    }
}

impl Memory for Remote {
    fn fill(&self, address: u64, buffer: &mut [u8]) -> io::Result<()> {
        if self.read(address, buffer)? == buffer.len() {
            Ok(())
        } else {
            Err(io::ErrorKind::UnexpectedEof.into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_memory_is_read_and_a_bad_address_is_an_error() {
        let remote = Remote::new(Pid(std::process::id()));
        let secret = *b"sixteen bytes ok";
        let mut copy = [0; 16];
        remote.fill(secret.as_ptr() as u64, &mut copy).unwrap();
        assert_eq!(copy, secret);
        assert!(remote.fill(8, &mut copy).is_err());
    }
}
