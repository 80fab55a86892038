//! glibc's descriptor of a thread, found in its stack's memory.
//!
//! `struct pthread` (nptl/descr.h, 2.4 to 2.41) differs between versions and architectures in its
//! head, but keeps this order: `list_t list` (the links of the process's list of threads),
//! `pid_t tid`, …, the first 32 thread-specific values (`specific_1stblock`, `specific`), …,
//! `start_routine`, `arg`.

use std::fs;

use corewise_model::Pid;

use crate::elf::Memory;
use crate::maps;
use crate::remote::Remote;

/// Bytes that lie between `tid` and the end of the thread-specific values, at least: 32 values of
/// 16 bytes and 32 pointers. They may hold anything, addresses of code too.
const SPECIFIC: usize = 0x300;

/// `start_routine` comes at most this far after `tid` (0x368 on `x86_64` with glibc 2.36).
const FARTHEST_ROUTINE: usize = 0x500;

/// How far up a stack the descriptor is looked for: the largest stack that is common, and a bit.
const DEEPEST: u64 = 72 << 20;

/// The first step up a stack, in bytes. Most threads wait less than 4 KiB deep.
const FIRST_STEP: u64 = 8 << 10;
/// The largest step.
const LARGEST_STEP: u64 = 1 << 20;

/// How much of the end of a mapping is searched for a descriptor: it has 2304 bytes on `x86_64`,
/// 1808 on `aarch64`, where thread-local variables follow.
const END: u64 = 8 << 10;

/// More threads than a process has.
const MOST_THREADS: usize = 100_000;

/// A thread's descriptor: the address of its list node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Descriptor {
    node: u64,
}

impl Descriptor {
    /// The descriptor of the thread that its C library knows as `tid`, above this stack pointer.
    pub(super) fn above(remote: Remote, pointer: u64, tid: u32) -> Option<Self> {
        let mut at = pointer & !7;
        let end = at.checked_add(DEEPEST)?;
        let mut step = FIRST_STEP;
        let mut buffer = Vec::new();
        while at < end {
            buffer.resize(usize::try_from(step).ok()?, 0);
            let read = remote.read(at, &mut buffer).unwrap_or(0);
            let words = &buffer[..read / 8 * 8];
            if let Some(found) = Self::among(remote, at, words, tid) {
                return Some(found);
            }
            if read < buffer.len() {
                return None;
            }
            // The next part begins with the last three words of this one: a node and a number
            // may lie across the border.
            at += step - 16;
            step = (step * 4).min(LARGEST_STEP);
        }
        None
    }

    /// The descriptor of a thread of which no stack pointer and no sibling is known: it lies at the
    /// end of its stack's mapping, if that did not merge with one above.
    pub(super) fn anywhere(pid: Pid, remote: Remote, tid: u32) -> Option<Self> {
        let maps = fs::read(format!("/proc/{pid}/maps")).ok()?;
        let maps = String::from_utf8_lossy(&maps);
        let stacks = maps::parse(&maps).filter(|map| {
            map.inode == 0 && map.writable && !map.executable && map.end - map.start >= END
        });
        stacks.into_iter().find_map(|map| {
            let mut words = [0; 8 << 10];
            remote.fill(map.end - END, &mut words).ok()?;
            Self::among(remote, map.end - END, &words, tid)
        })
    }

    fn among(remote: Remote, base: u64, words: &[u8], tid: u32) -> Option<Self> {
        let candidates = words.windows(24).step_by(8).enumerate().filter(|(_, window)| {
            window[16..20] == tid.to_le_bytes()
                && is_pointer(&window[..8])
                && is_pointer(&window[8..16])
        });
        candidates
            .map(|(index, _)| Self { node: base + index as u64 * 8 })
            .find(|descriptor| descriptor.is_linked(remote))
    }

    /// Whether the next node's back link leads here again: a stack word that happens to be the
    /// thread's number has no such neighbours.
    fn is_linked(self, remote: Remote) -> bool {
        let next = remote.u64(self.node).unwrap_or(0);
        next != 0 && remote.u64(next.wrapping_add(8)).is_ok_and(|back| back == self.node)
    }

    /// The descriptor of another thread of the same process, by the links.
    pub(super) fn sibling(self, remote: Remote, tid: u32) -> Option<Self> {
        let mut node = self.node;
        for _ in 0..MOST_THREADS {
            node = remote.u64(node).ok().filter(|next| *next != self.node)?;
            // The list's head is no thread: what follows it there is some other number.
            let found = Self { node };
            if remote.u32(node.checked_add(16)?).ok()? == tid && found.is_linked(remote) {
                return Some(found);
            }
        }
        None
    }

    /// The words among which `start_routine` is, in order.
    pub(super) fn routine_words(self, remote: Remote) -> Option<Vec<u64>> {
        let mut bytes = [0; FARTHEST_ROUTINE - SPECIFIC];
        let read = remote.read(self.node.checked_add(16 + SPECIFIC as u64)?, &mut bytes).ok()?;
        let (words, _) = bytes[..read].as_chunks::<8>();
        Some(words.iter().map(|word| u64::from_le_bytes(*word)).collect())
    }

    /// An address above all frames of the thread.
    pub(super) fn top(self) -> u64 {
        self.node
    }
}

fn is_pointer(bytes: &[u8]) -> bool {
    // A user address: aligned, not small, below 2^56 (five-level page tables).
    bytes[0].is_multiple_of(8) && bytes[7] == 0 && bytes[3..7] != [0; 4]
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use corewise_model::Tid;

    use super::super::stack::{StackPointer, pointer};
    use super::*;

    fn own_tid() -> u32 {
        u32::try_from(rustix::thread::gettid().as_raw_nonzero().get()).unwrap()
    }

    #[test]
    fn the_descriptor_of_a_waiting_thread_is_found_and_leads_to_its_siblings() {
        let pid = Pid(std::process::id());
        let remote = Remote::new(pid);
        let (send, tids) = mpsc::channel();
        let mut ends = Vec::new();
        let threads: Vec<_> = (0..3)
            .map(|_| {
                let send = send.clone();
                let (end, wait) = mpsc::channel::<()>();
                ends.push(end);
                std::thread::spawn(move || {
                    send.send(own_tid()).unwrap();
                    let _ = wait.recv();
                })
            })
            .collect();
        let tids: Vec<u32> = tids.iter().take(3).collect();
        let found: Vec<Descriptor> = tids
            .iter()
            .map(|tid| {
                loop {
                    // The thread is on its way into `recv`: until it is there it may be on a core.
                    if let StackPointer::At(at) = pointer(pid, Tid(*tid))
                        && let Some(found) = Descriptor::above(remote, at, *tid)
                    {
                        break found;
                    }
                    std::thread::yield_now();
                }
            })
            .collect();
        assert_eq!(found[0].sibling(remote, tids[2]), Some(found[2]));
        assert_eq!(found[2].sibling(remote, tids[1]), Some(found[1]));
        assert_eq!(found[1].sibling(remote, u32::MAX), None);
        assert_eq!(Descriptor::anywhere(pid, remote, tids[1]), Some(found[1]));
        assert_eq!(Descriptor::anywhere(pid, remote, u32::MAX), None);
        drop(ends);
        for thread in threads {
            thread.join().unwrap();
        }
    }
}
