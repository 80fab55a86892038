//! Values that each take the same number of words: split by position.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::pool::Pool;
use super::sequence::Fill;
use super::watch::{Stop, Watch};
use super::word::Word;
use crate::bit_generator::AnyGenerator;

/// How values lie in the words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Each {
    /// Words of a value.
    pub(super) words: u32,
    /// Values that share them.
    pub(super) values: u32,
    /// Values that a thread takes at a time, a multiple of those that share words.
    pub(super) chunk: usize,
}

impl Each {
    /// Words of so many values.
    fn words(self, values: usize) -> u128 {
        (values as u128 * u128::from(self.words)).div_ceil(u128::from(self.values))
    }
}

/// Fills `out` by `fill`. The generator must skip.
pub(super) fn fill<W: Word, V: Send>(
    generator: &mut dyn AnyGenerator,
    fill: Fill<'_, V>,
    out: &mut [V],
    each: Each,
    (pool, threads): (&Pool, usize),
    watch: &mut Watch<'_>,
) -> Result<(), Stop> {
    let total = each.words(out.len());
    let start = &*generator;
    let chunks = Mutex::new(out.chunks_mut(each.chunk).enumerate());
    let done = AtomicUsize::new(0);
    let stopped = AtomicBool::new(false);
    let step = || {
        if stopped.load(Ordering::Relaxed) {
            return false;
        }
        let next = chunks.lock().unwrap_or_else(PoisonError::into_inner).next();
        let Some((index, values)) = next else { return false };
        let mut there = W::seek(start, each.words(index * each.chunk));
        fill(&mut *there, values);
        done.fetch_add(values.len(), Ordering::Relaxed);
        true
    };
    let own = || {
        while step() {
            watch
                .look(|| done.load(Ordering::Relaxed))
                .inspect_err(|_| stopped.store(true, Ordering::Relaxed))?;
        }
        Ok(())
    };
    pool.broadcast(threads, own, &|_| while step() {})?;
    W::skip(generator, total);
    Ok(())
}
