//! Values that each take the same number of words: split by position.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::pool::Pool;
use super::watch::{Stop, Watch};
use super::word::Word;
use crate::bit_generator::BitGenerator;
use crate::distribution::Distribution;

/// Fills `out` with values of `words` words each; the threads take `chunk` values at a time. The
/// generator must skip.
pub(super) fn fill<W: Word, G: BitGenerator, D: Distribution>(
    generator: &mut G,
    distribution: &D,
    out: &mut [D::Value],
    (words, chunk): (u32, usize),
    (pool, threads): (&Pool, usize),
    watch: &mut Watch<'_>,
) -> Result<(), Stop> {
    let words = u128::from(words);
    let end = W::seek(generator, out.len() as u128 * words);
    let start = &*generator;
    let chunks = Mutex::new(out.chunks_mut(chunk).enumerate());
    let done = AtomicUsize::new(0);
    let stopped = AtomicBool::new(false);
    let step = || {
        if stopped.load(Ordering::Relaxed) {
            return false;
        }
        let next = chunks.lock().unwrap_or_else(PoisonError::into_inner).next();
        let Some((index, values)) = next else { return false };
        let mut there = W::seek(start, (index * chunk) as u128 * words);
        distribution.fill_from(&mut there, values);
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
    *generator = end;
    Ok(())
}
