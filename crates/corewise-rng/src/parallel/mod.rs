//! Arrays filled on several threads: the values of one thread, and the same state afterwards.
//!
//! ```
//! use std::ops::ControlFlow;
//!
//! use corewise_rng::parallel::{Plan, Pool, fill};
//! use corewise_rng::{Pcg64, Source, StandardUniform};
//!
//! static POOL: Pool = Pool::new();
//!
//! let mut generator = Pcg64::from_words([1, 2, 3, 4]);
//! let mut other = generator.clone();
//! let mut values = vec![0.0; 1_000_000];
//! let hook = |done: usize| ControlFlow::Continue(());
//! let plan = Plan { pool: &POOL, threads: 2, hook: Some(&hook) };
//! fill(&mut generator, &StandardUniform, &mut values, &plan)?;
//!
//! let one_by_one: Vec<f64> = values.iter().map(|_| other.next_f64()).collect();
//! assert_eq!(values, one_by_one);
//! assert_eq!(generator, other);
//! # Ok::<(), corewise_rng::parallel::Cancelled>(())
//! ```

mod chain;
mod pool;
mod positions;
mod sequence;
mod slot;
mod spare;
mod surroundings;
#[cfg(test)]
mod tests;
mod watch;
mod word;

pub use pool::Pool;
pub use watch::Hook;

use crate::bit_generator::AnyGenerator;
use crate::distribution::{Cost, Distribution, Layout};
use positions::Each;
use sequence::Fill;
use slot::Plain;
use watch::{Stop, Watch};
use word::Word;

/// How an array is filled.
pub struct Plan<'a> {
    /// Where the threads come from.
    pub pool: &'a Pool,
    /// The most threads that may work, the calling one among them. 0 is taken as 1.
    pub threads: usize,
    /// Called on the calling thread at most every 50 ms, with the number of values that are done.
    /// If it breaks, the call ends within about as long.
    pub hook: Option<&'a Hook<'a>>,
}

/// The hook broke the call off. The generator is as before the call; the array may be partly filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the filling of an array was broken off")]
pub struct Cancelled;

/// Up to so many values, one by one is fastest, even where there is a decoder.
const FEW: usize = 48;

/// Words that one thread decodes at a time: with less, beginning anew is felt; these stay in the
/// second-level cache.
const BLOCK: usize = 8192;

/// How the work is cut.
#[derive(Debug, Clone, Copy)]
struct Cut {
    threads: usize,
    /// Words, or values of a fixed number of words, that a thread takes at a time.
    chunk: usize,
    /// Words that are decoded at a time by one thread alone.
    block: usize,
    few: usize,
}

/// Values of which a second thread takes the half in less time than it needs to wake up (measured
/// with two threads: a sleeping thread begins after 20 to 50 µs; at 50,000 normal numbers, or 10,000
/// lognormal ones, which take one thread 60 µs, two took as long or longer).
fn worthwhile(cost: Cost) -> usize {
    match cost {
        Cost::Light => 200_000,
        Cost::Medium => 100_000,
        Cost::Heavy => 20_000,
    }
}

/// How many threads [`fill`] has work for, the calling one among them: 1 where others do not pay.
#[must_use]
pub fn useful_threads<D: Distribution>(distribution: &D, values: usize) -> usize {
    (values / (worthwhile(distribution.cost()) / 2)).max(1)
}

/// Fills `out` with what [`Distribution::fill`] gives, and leaves the generator as it does.
///
/// Threads take part where that pays: from 200,000 values on if they cost next to nothing
/// ([`Cost::Light`]), from 100,000 on if they are decoded in bulk ([`Cost::Medium`]), from 20,000 on
/// else ([`Cost::Heavy`]); and each further thread needs half as many more. They are started when
/// they are first needed; where the system gives no more of them, the others do it.
///
/// # Panics
/// If the distribution or the hook does, after all threads have left the array.
pub fn fill<D: Distribution>(
    generator: &mut dyn AnyGenerator,
    distribution: &D,
    out: &mut [D::Value],
    plan: &Plan<'_>,
) -> Result<(), Cancelled> {
    let layout = distribution.layout();
    let threads = plan.threads.clamp(1, useful_threads(distribution, out.len()));
    let chunk = match layout {
        Layout::Fixed(_) | Layout::Halves | Layout::Parts(_) | Layout::Whole => {
            (out.len() / (threads * 4)).clamp(1 << 12, 1 << 15)
        }
        Layout::Tries(_) | Layout::Tokens | Layout::HalfTokens => {
            (out.len() / (threads * 8)).clamp(1 << 12, 1 << 13)
        }
    };
    let cut = Cut { threads, chunk, block: BLOCK, few: FEW };
    fill_cut(generator, distribution, out, plan.hook, cut, plan.pool)
}

fn fill_cut<D: Distribution>(
    generator: &mut dyn AnyGenerator,
    distribution: &D,
    out: &mut [D::Value],
    hook: Option<&Hook<'_>>,
    cut: Cut,
    pool: &Pool,
) -> Result<(), Cancelled> {
    if out.len() <= cut.few {
        distribution.fill(&mut &mut *generator, out);
        return Ok(());
    }
    let mut watch = Watch::new(hook);
    let result = drive(generator, distribution, out, cut, pool, &mut watch);
    let result = match result {
        // The child of a fork has only this thread, and begins anew.
        Err(Stop::Forked) => {
            let alone = Cut { threads: 1, ..cut };
            drive(generator, distribution, out, alone, pool, &mut watch)
        }
        other => other,
    };
    result.map_err(|_| Cancelled)
}

fn drive<D: Distribution>(
    generator: &mut dyn AnyGenerator,
    distribution: &D,
    out: &mut [D::Value],
    cut: Cut,
    pool: &Pool,
    watch: &mut Watch<'_>,
) -> Result<(), Stop> {
    let fill = |generator: &mut dyn AnyGenerator, out: &mut [D::Value]| {
        distribution.fill_from(generator, out);
    };
    let layout = distribution.layout();
    match layout {
        Layout::Tries(words) if D::RAWS => {
            // The guess that a try begins with each chunk is right if they are multiples of a try.
            let chunk = cut.chunk.next_multiple_of(words.max(1) as usize);
            tokens::<u64, D>(generator, distribution, out, Cut { chunk, ..cut }, pool, watch)
        }
        Layout::Tokens if D::RAWS => {
            tokens::<u64, D>(generator, distribution, out, cut, pool, watch)
        }
        Layout::HalfTokens if D::HALVES => {
            tokens::<u32, D>(generator, distribution, out, cut, pool, watch)
        }
        Layout::Fixed(words) => {
            fixed::<u64, _>(generator, &fill, out, (words, 1), cut, pool, watch)
        }
        Layout::Halves => fixed::<u32, _>(generator, &fill, out, (1, 1), cut, pool, watch),
        Layout::Parts(parts) => {
            fixed::<u32, _>(generator, &fill, out, (1, parts), cut, pool, watch)
        }
        _ => {
            let fill = |generator: &mut dyn AnyGenerator, out: &mut [D::Value]| {
                distribution.fill_some(generator, out)
            };
            sequence::fill_some(generator, &fill, out, watch)
        }
    }
}

/// Values of a fixed number of words, or of parts of a word.
fn fixed<W: Word, V: Send>(
    generator: &mut dyn AnyGenerator,
    fill: Fill<'_, V>,
    out: &mut [V],
    (words, values): (u32, u32),
    cut: Cut,
    pool: &Pool,
    watch: &mut Watch<'_>,
) -> Result<(), Stop> {
    let multiple = values as usize;
    if cut.threads == 1 || !generator.skips() {
        return sequence::fill(generator, fill, out, multiple, watch);
    }
    let each = Each { words, values, chunk: cut.chunk.next_multiple_of(multiple) };
    positions::fill::<W, V>(generator, fill, out, each, (pool, cut.threads), watch)
}

/// Values of a varying number of words.
fn tokens<W: Word, D: Distribution>(
    generator: &mut dyn AnyGenerator,
    distribution: &D,
    out: &mut [D::Value],
    cut: Cut,
    pool: &Pool,
    watch: &mut Watch<'_>,
) -> Result<(), Stop> {
    let chunk = if cut.threads > 1 { cut.chunk } else { cut.block };
    if !has_memory::<W, D::Value>(chunk, cut.threads) {
        distribution.fill_from(generator, out);
        return Ok(());
    }
    let plain = Plain { distribution, decoder: W::decoder(distribution, generator), chunk };
    if cut.threads > 1 {
        chain::fill(generator, plain, out, (pool, cut.threads), watch)
    } else {
        sequence::tokens(generator, &plain, out, watch)
    }
}

/// Whether there is memory for the buffers. Where there is none, an allocation ends the process, and
/// one value after the other takes longer, but nothing.
fn has_memory<W, V>(chunk: usize, threads: usize) -> bool {
    let slots = if threads > 1 { chain::AHEAD + 1 } else { 1 };
    // Twice, for what is beside them.
    let bytes = 2 * threads * slots * chunk * (size_of::<W>() + size_of::<V>());
    Vec::<u8>::new().try_reserve_exact(bytes).is_ok()
}
