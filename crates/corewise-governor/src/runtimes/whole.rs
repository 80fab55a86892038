//! Libraries whose OpenMP teams keep the size that they asked for.
//!
//! oneDNN computes wrong or waits for ever in a smaller team than it asked for. Of `PyTorch`'s own
//! loops, which do not, all of one operator must have the same size: in 2.15 `nonzero` writes out of
//! bounds else. Where an operator ends nobody sees.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Functions that only such a library exports: `at::get_num_threads`, and oneDNN's.
const MARKS: [&[u8]; 2] = [b"_ZN2at15get_num_threadsEv", b"dnnl_primitive_execute"];

/// Where their code begins and ends; 0 where there is none.
static KNOWN: [[AtomicUsize; 2]; 16] = [const { [const { AtomicUsize::new(0) }; 2] }; 16];

/// Takes a library in by its code, if it is one by its exports. Called by one thread at a time.
pub(crate) fn note(code: (usize, usize), exports: impl Fn(&[u8]) -> bool) {
    if MARKS.iter().any(|mark| exports(mark)) {
        add(code);
    }
}

fn add((start, end): (usize, usize)) {
    for [known_start, known_end] in &KNOWN {
        let known = (known_start.load(Ordering::Relaxed), known_end.load(Ordering::Relaxed));
        if known == (start, end) {
            return;
        }
        if known == (0, 0) {
            known_start.store(start, Ordering::Relaxed);
            known_end.store(end, Ordering::Release);
            return;
        }
    }
}

/// Whether a region that runs the function at this address keeps its size.
#[inline]
pub(crate) fn has(function: usize) -> bool {
    KNOWN
        .iter()
        .map_while(|[start, end]| match end.load(Ordering::Acquire) {
            0 => None,
            end => Some(start.load(Ordering::Relaxed) <= function && function < end),
        })
        .any(|inside| inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_are_known_by_what_they_export() {
        note((0x1000, 0x2000), |name| name == b"omp_get_max_threads");
        assert!(!has(0x1000));
        for _ in 0..20 {
            note((0x1000, 0x2000), |name| name == b"dnnl_primitive_execute");
        }
        note((0x5000, 0x6000), |name| name == b"_ZN2at15get_num_threadsEv");
        assert!(has(0x1000) && has(0x1fff) && has(0x5000));
        assert!(!has(0xfff) && !has(0x2000) && !has(0));
    }
}
