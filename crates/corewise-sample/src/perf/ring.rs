//! One event's ring of records, shared with the kernel.

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;
use std::sync::atomic::{AtomicU64, Ordering};

use super::attributes::Attributes;

/// Offsets in `struct perf_event_mmap_page` (`linux/perf_event.h`), stable since Linux 2.6.31.
const DATA_HEAD: usize = 1024;
const DATA_TAIL: usize = 1032;
const HEADER: usize = 8;
const PERF_FLAG_FD_CLOEXEC: libc::c_ulong = 8;

/// A mapped ring. It is unmapped and its event closed when dropped.
#[derive(Debug)]
pub(super) struct Ring {
    _event: OwnedFd,
    map: *mut u8,
    length: usize,
    page: usize,
}

impl Ring {
    /// Opens the event on a thread, on one CPU or on all.
    pub(super) fn open(
        attributes: &Attributes,
        tid: u32,
        cpu: Option<u32>,
        pages: usize,
    ) -> io::Result<Self> {
        let cpu = cpu.map_or(-1, |cpu| i32::try_from(cpu).unwrap_or(-1));
        let flags = PERF_FLAG_FD_CLOEXEC;
        // SAFETY: `attributes` has the size it says; the kernel only reads it.
        let event = unsafe {
            libc::syscall(libc::SYS_perf_event_open, ptr::from_ref(attributes), tid, cpu, -1, flags)
        };
        let event = i32::try_from(event).unwrap_or(-1);
        if event < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel gave this descriptor and nobody else has it.
        let event = unsafe { OwnedFd::from_raw_fd(event) };
        let page = rustix::param::page_size();
        let length = (pages + 1) * page;
        // SAFETY: a new mapping at a place that the kernel chooses.
        let map = unsafe {
            libc::mmap(
                ptr::null_mut(),
                length,
                libc::PROT_READ | libc::PROT_WRITE,
                libc::MAP_SHARED,
                event.as_raw_fd(),
                0,
            )
        };
        if map == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        Ok(Self { _event: event, map: map.cast(), length, page })
    }

    /// Calls `take` with the type, the misc field and the body of each new record.
    pub(super) fn drain(&mut self, mut take: impl FnMut(u32, u16, &[u8])) {
        let head = self.position(DATA_HEAD).load(Ordering::Acquire);
        let mut tail = self.position(DATA_TAIL).load(Ordering::Relaxed);
        let mut record = Vec::new();
        while tail < head {
            let mut header = [0; HEADER];
            self.copy(tail, &mut header);
            // struct perf_event_header { u32 type; u16 misc; u16 size; }
            let [kind @ .., misc0, misc1, size0, size1] = header;
            let size = u16::from_ne_bytes([size0, size1]);
            if usize::from(size) < HEADER {
                break;
            }
            record.resize(usize::from(size) - HEADER, 0);
            self.copy(tail + HEADER as u64, &mut record);
            take(u32::from_ne_bytes(kind), u16::from_ne_bytes([misc0, misc1]), &record);
            tail += u64::from(size);
        }
        self.position(DATA_TAIL).store(head, Ordering::Release);
    }

    #[expect(clippy::cast_ptr_alignment, reason = "a page begins at a multiple of its size")]
    fn position(&self, offset: usize) -> &AtomicU64 {
        // SAFETY: both offsets lie in the first page of the mapping, aligned to 8, and the kernel
        // and this process access them as whole 64-bit words.
        unsafe { &*self.map.add(offset).cast::<AtomicU64>() }
    }

    /// Copies out of the data pages, which begin behind the first and wrap around.
    fn copy(&self, from: u64, into: &mut [u8]) {
        let size = self.length - self.page;
        for (byte, at) in into.iter_mut().zip(from..) {
            let at = usize::try_from(at % size as u64).unwrap_or(0);
            // SAFETY: `at` is below the size of the data pages, which lie behind the first page;
            // the kernel does not write between tail and head.
            *byte = unsafe { self.map.add(self.page + at).read() };
        }
    }
}

impl Drop for Ring {
    fn drop(&mut self) {
        // SAFETY: the mapping was made by `open` with this length, and nothing borrows it.
        unsafe {
            libc::munmap(self.map.cast(), self.length);
        }
    }
}
