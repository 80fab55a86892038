//! The outermost frames of a thread: return addresses at the top of its stack.

use std::io;

use super::Descriptor;
use crate::elf::Memory;
use crate::processes::Modules;
use crate::remote::Remote;

/// Thread-local variables lie between the descriptor and the first frame: the static ones of all
/// libraries that were there at the start, and a reserve of 1.6 KiB or more.
const REACH: u64 = 16 << 10;

/// The bits of a return address. Processors with pointer authentication sign it in the others.
#[cfg(target_arch = "aarch64")]
const ADDRESS: u64 = (1 << 48) - 1;
#[cfg(not(target_arch = "aarch64"))]
const ADDRESS: u64 = u64::MAX;

/// The places (in the list of modules) of the code that the thread's outermost frames return to,
/// outermost first.
///
/// A word counts when it points behind a call instruction, so addresses of functions and of data
/// are none. Frames are not unwound: a dead return address can stand between two live ones, but
/// not above the first ones, which the thread's start wrote and nothing since.
pub(super) fn outermost(remote: Remote, descriptor: Descriptor, modules: &Modules) -> Vec<usize> {
    let top = descriptor.top();
    let Ok(bytes) = below(remote, top) else {
        return Vec::new();
    };
    let (words, _) = bytes.as_chunks::<8>();
    words
        .iter()
        .rev()
        .map(|word| u64::from_le_bytes(*word) & ADDRESS)
        .filter_map(|address| {
            let module = modules.index_of(address)?;
            follows_call(remote, address).then_some(module)
        })
        .collect()
}

/// The memory below an address, as much of it as is mapped.
fn below(remote: Remote, top: u64) -> io::Result<Vec<u8>> {
    let mut reach = REACH;
    loop {
        let mut bytes = vec![0; usize::try_from(reach).map_err(io::Error::other)?];
        match remote.fill(top.saturating_sub(reach), &mut bytes) {
            Ok(()) => return Ok(bytes),
            Err(error) if reach <= 1024 => return Err(error),
            Err(_) => reach /= 2,
        }
    }
}

/// Whether a call instruction ends at this address.
fn follows_call(remote: Remote, address: u64) -> bool {
    address.checked_sub(8).and_then(|at| remote.bytes(at).ok()).is_some_and(ends_with_call)
}

/// `call rel32`, or `call r/m64` (`FF /2`) in its lengths of 2, 3, 4, 6 and 7 bytes.
#[cfg(target_arch = "x86_64")]
fn ends_with_call(bytes: [u8; 8]) -> bool {
    let indirect = |length: usize| {
        let at = 8 - length;
        bytes[at] == 0xff && bytes[at + 1] >> 3 & 7 == 2
    };
    bytes[3] == 0xe8 || [2, 3, 4, 6, 7].into_iter().any(indirect)
}

/// `BL` or `BLR` (with or without pointer authentication).
#[cfg(target_arch = "aarch64")]
fn ends_with_call(bytes: [u8; 8]) -> bool {
    let instruction = u32::from_le_bytes([bytes[4], bytes[5], bytes[6], bytes[7]]);
    instruction >> 26 == 0b10_0101 || instruction & 0xfeff_f000 == 0xd63f_0000
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn ends_with_call(_: [u8; 8]) -> bool {
    true
}

#[cfg(test)]
mod tests {
    #[cfg(target_arch = "x86_64")]
    #[test]
    fn calls_are_told_from_other_instructions() {
        use super::ends_with_call;
        // call rel32; call rax; call *0x10(%rbx); call *0x1234(%rip)
        assert!(ends_with_call([0x90, 0x90, 0x90, 0xe8, 1, 2, 3, 4]));
        assert!(ends_with_call([0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0xff, 0xd0]));
        assert!(ends_with_call([0x90, 0x90, 0x90, 0x90, 0x90, 0xff, 0x53, 0x10]));
        assert!(ends_with_call([0x90, 0x90, 0xff, 0x15, 0x34, 0x12, 0, 0]));
        // the end of a function before another; jmp *rax
        assert!(!ends_with_call([0x5b, 0x5d, 0xc3, 0x66, 0x0f, 0x1f, 0x44, 0]));
        assert!(!ends_with_call([0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0xff, 0xe0]));
    }
}
