//! Tells a spin loop from work, by the code around a sampled instruction pointer.
//!
//! Waiting loops tell the core that they wait: libgomp, libomp, MKL and TBB by a pause instruction
//! (`cpu_relax`), OpenBLAS by eight `nop` (`YIELDING` in its common.h), some by `sched_yield`. Code
//! that computes has none of these near: compilers and assemblers pad with longer forms of `nop`.

use std::collections::HashMap;

use corewise_model::Pid;

/// How many bytes before and behind the instruction pointer are looked at.
const NEAR: usize = 32;
/// More remembered places than this and all are forgotten: generated code comes and goes.
const MAX_PLACES: usize = 100_000;

/// Remembers which places are spin loops.
#[derive(Debug, Default)]
pub(crate) struct SpinLoops {
    places: HashMap<(Pid, u64), bool>,
}

impl SpinLoops {
    /// Whether `ip` lies in a spin loop; `read` copies the process's memory.
    pub(crate) fn contain(
        &mut self,
        pid: Pid,
        ip: u64,
        read: impl FnOnce(u64, &mut [u8]) -> bool,
    ) -> bool {
        if self.places.len() > MAX_PLACES {
            self.places.clear();
        }
        *self.places.entry((pid, ip)).or_insert_with(|| {
            let mut code = [0; 2 * NEAR];
            let from = ip.saturating_sub(NEAR as u64);
            read(from, &mut code) && is_spin_loop(&code)
        })
    }
}

#[cfg(target_arch = "x86_64")]
fn is_spin_loop(code: &[u8]) -> bool {
    const PAUSE: &[u8] = &[0xf3, 0x90];
    const NOPS: &[u8] = &[0x90; 4];
    // mov $24, %eax; syscall: sched_yield
    const YIELD: &[u8] = &[0xb8, 24, 0, 0, 0, 0x0f, 0x05];
    [PAUSE, NOPS, YIELD].iter().any(|sign| code.windows(sign.len()).any(|part| part == *sign))
}

#[cfg(target_arch = "aarch64")]
fn is_spin_loop(code: &[u8]) -> bool {
    const YIELD: u32 = 0xd503_203f;
    const ISB: u32 = 0xd503_3fdf;
    const NOP: u32 = 0xd503_201f;
    // mov x8, #124; sched_yield
    const SCHED_YIELD: u32 = 0xd280_0f88;
    let words: Vec<u32> = code
        .chunks_exact(4)
        .filter_map(|word| Some(u32::from_le_bytes(word.try_into().ok()?)))
        .collect();
    words.iter().any(|word| [YIELD, ISB, SCHED_YIELD].contains(word))
        || words.windows(4).any(|four| four.iter().all(|word| *word == NOP))
}

#[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
fn is_spin_loop(_code: &[u8]) -> bool {
    false
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests {
    use super::*;

    fn padded(code: &[u8]) -> Vec<u8> {
        let mut all = vec![0x48; 20];
        all.extend_from_slice(code);
        all.resize(2 * NEAR, 0x48);
        all
    }

    #[test]
    fn the_loops_of_the_runtimes_are_known() {
        // libgomp: pause; mov (%rdi),%eax; sub $1,%rcx; jne
        assert!(is_spin_loop(&padded(&[
            0xf3, 0x90, 0x8b, 0x07, 0x48, 0x83, 0xe9, 0x01, 0x75, 0xf4
        ])));
        // OpenBLAS: eight nop; mov (%rax),%rdx; test; je
        assert!(is_spin_loop(&padded(&[0x90; 8])));
        // glibc's sched_yield
        assert!(is_spin_loop(&padded(&[0xb8, 0x18, 0, 0, 0, 0x0f, 0x05])));
    }

    #[test]
    fn padding_and_arithmetic_are_not() {
        // The assembler's nine-byte nop and a fused multiply-add.
        assert!(!is_spin_loop(&padded(&[0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0])));
        assert!(!is_spin_loop(&padded(&[0x62, 0xf2, 0xfd, 0x48, 0xb8, 0xc1])));
        assert!(!is_spin_loop(&padded(&[0x66, 0x90])));
    }

    #[test]
    fn a_place_is_read_once() {
        let mut loops = SpinLoops::default();
        let mut reads = 0;
        for _ in 0..3 {
            assert!(loops.contain(Pid(1), 4096, |_, code| {
                reads += 1;
                code.fill(0x90);
                true
            }));
        }
        assert_eq!(reads, 1);
    }
}
