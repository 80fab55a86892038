//! `Generator.shuffle` of a one-dimensional array.
//!
//! Each swap waits for memory, and which one comes next depends on nothing that memory holds: so the
//! partners of a batch of swaps are drawn first, and their places fetched while the batch before is
//! swapped. NumPy's order of draws and swaps is kept (R. A. Fisher and F. Yates, 1938, from the last
//! place down; partners by masked rejection), and with it every bit of the result.

use std::ops::ControlFlow;

use crate::bit_generator::{BitGenerator, Source};
use crate::parallel::{Cancelled, Hook};

/// Swaps whose places are fetched ahead.
const BATCH: usize = 64;
/// 32-bit words drawn at once.
const WORDS: usize = 256;
/// Swaps between two calls of the hook.
const HOOKED: usize = 1 << 13;
/// Up to so many values, one swap after another is fastest.
const FEW: usize = 64;

/// Shuffles `values` as `numpy.random.Generator.shuffle` does (NumPy 1.17 and later).
pub fn shuffle<G: BitGenerator, T: Copy>(generator: &mut G, values: &mut [T]) {
    // Nothing breaks it off.
    let _ = run(generator, values, |_| ControlFlow::Continue(()));
}

/// As [`shuffle`]. The hook is called after every 8,192 swaps, with the number of those that are done;
/// if it breaks, the generator is as before the call, and the values are in any order.
pub fn shuffle_watched<G: BitGenerator, T: Copy>(
    generator: &mut G,
    values: &mut [T],
    hook: &Hook<'_>,
) -> Result<(), Cancelled> {
    let mut moved = generator.clone();
    run(&mut moved, values, hook)?;
    *generator = moved;
    Ok(())
}

fn run<G: BitGenerator, T: Copy>(
    generator: &mut G,
    values: &mut [T],
    hook: impl Fn(usize) -> ControlFlow<()>,
) -> Result<(), Cancelled> {
    let last = values.len().saturating_sub(1);
    let mut next = last;
    let look = |next: usize| {
        let done = last - next;
        if done.is_multiple_of(HOOKED) && hook(done).is_break() { Err(Cancelled) } else { Ok(()) }
    };
    if values.len() <= FEW {
        one_by_one(generator, values);
        return Ok(());
    }
    // Partners beyond 32 bits are made of whole raw values.
    while u32::try_from(next).is_err() {
        values.swap(next, wide_partner(generator, next as u64));
        next -= 1;
        look(next)?;
    }
    let mut partners = Partners::new(generator, u32::try_from(next).unwrap_or_default());
    let (mut now, mut later) = ([0u32; BATCH], [0u32; BATCH]);
    let mut count = partners.draw(&mut now, values);
    while count > 0 {
        let following = partners.draw(&mut later, values);
        for partner in &now[..count] {
            values.swap(next, *partner as usize);
            next -= 1;
        }
        look(next)?;
        (now, later) = (later, now);
        count = following;
    }
    partners.finish();
    Ok(())
}

/// Shuffles a few values.
fn one_by_one<S: Source, T>(source: &mut S, values: &mut [T]) {
    for last in (1..values.len()).rev() {
        let mask = usize::MAX >> last.leading_zeros();
        let partner = loop {
            let partner = source.next_u32() as usize & mask;
            if partner <= last {
                break partner;
            }
        };
        values.swap(last, partner);
    }
}

#[expect(clippy::cast_possible_truncation, reason = "at most `last`, an index")]
fn wide_partner<G: BitGenerator>(generator: &mut G, last: u64) -> usize {
    let mask = u64::MAX >> last.leading_zeros();
    loop {
        let partner = generator.next_u64() & mask;
        if partner <= last {
            return partner as usize;
        }
    }
}

/// The partners of places `last`, `last - 1` … 1.
struct Partners<'g, G> {
    /// As it was when `words` were drawn.
    generator: &'g mut G,
    /// As it is after them.
    ahead: G,
    words: [u32; WORDS],
    used: usize,
    last: u32,
}

impl<'g, G: BitGenerator> Partners<'g, G> {
    fn new(generator: &'g mut G, last: u32) -> Self {
        let ahead = generator.clone();
        Self { generator, ahead, words: [0; WORDS], used: WORDS, last }
    }

    /// Draws partners of the next places and has `values` fetched there; 0 at the end.
    fn draw<T>(&mut self, into: &mut [u32; BATCH], values: &[T]) -> usize {
        let mut count = 0;
        while count < BATCH && self.last > 0 {
            if self.used == WORDS {
                *self.generator = self.ahead.clone();
                self.ahead.fill_u32(&mut self.words);
                self.used = 0;
            }
            // The mask is the same down to the power of two below.
            let mask = u32::MAX >> self.last.leading_zeros();
            let places = (self.last - (mask >> 1)) as usize;
            let most = (BATCH - count).min(places).min(WORDS - self.used);
            // Without a branch on what was drawn, which nothing can predict. `most` words give at
            // most `most` partners.
            for word in &self.words[self.used..self.used + most] {
                let partner = word & mask;
                into[count] = partner;
                let taken = partner <= self.last;
                count += usize::from(taken);
                self.last -= u32::from(taken);
                fetch(values, partner as usize);
            }
            self.used += most;
        }
        count
    }

    /// Leaves the generator behind the last word that was used.
    fn finish(self) {
        if self.used < WORDS {
            for _ in 0..self.used {
                self.generator.next_u32();
            }
        } else {
            *self.generator = self.ahead;
        }
    }
}

/// Has the place fetched that will be swapped.
#[inline]
fn fetch<T>(values: &[T], place: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: prefetching reads nothing that the program can see, and faults on no address.
        unsafe { _mm_prefetch(values.as_ptr().wrapping_add(place).cast(), _MM_HINT_T0) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (values, place);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Half, Pcg64, Source};
    use std::cell::Cell;

    /// As NumPy: one partner, one swap.
    fn plainly(generator: &mut Pcg64, values: &mut [u64]) {
        for last in (1..values.len()).rev() {
            let mask = u32::MAX >> u32::try_from(last).unwrap().leading_zeros();
            let partner = loop {
                let partner = generator.next_u32() & mask;
                if partner as usize <= last {
                    break partner as usize;
                }
            };
            values.swap(last, partner);
        }
    }

    #[test]
    fn as_one_swap_after_another() {
        for length in (0..300u64).chain([1023, 1024, 1025, 4096, 4097, 70_000]) {
            for waits in [false, true] {
                let mut one = Pcg64::from_words([length, 2, 3, 4]);
                one.set_half(Half { waits, value: 0x1234_5678 });
                let mut other = one.clone();
                let mut expected: Vec<u64> = (0..length).collect();
                let mut got = expected.clone();
                plainly(&mut one, &mut expected);
                shuffle(&mut other, &mut got);
                assert_eq!(got, expected, "{length}");
                assert_eq!((other.state(), other.half()), (one.state(), one.half()), "{length}");
            }
        }
    }

    #[test]
    fn a_hook_watches_and_breaks_it_off() {
        let before = Pcg64::from_words([1, 2, 3, 4]);
        let (mut one, mut other) = (before.clone(), before.clone());
        let mut expected: Vec<u64> = (0..50_000).collect();
        let mut got = expected.clone();
        shuffle(&mut one, &mut expected);
        let told = Cell::new(0);
        let hook = |done| {
            assert_eq!(done, told.get() + HOOKED);
            told.set(done);
            ControlFlow::Continue(())
        };
        shuffle_watched(&mut other, &mut got, &hook).unwrap();
        assert_eq!((got, other, told.get()), (expected, one, 6 * HOOKED));

        let mut broken = before.clone();
        let mut values: Vec<u64> = (0..50_000).collect();
        let stop = |_| ControlFlow::Break(());
        assert_eq!(shuffle_watched(&mut broken, &mut values, &stop), Err(Cancelled));
        assert_eq!(broken, before);
        values.sort_unstable();
        assert!(values.into_iter().eq(0..50_000));
    }
}
