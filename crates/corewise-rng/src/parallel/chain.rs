//! Values that take a varying number of words: chunks decoded on a guess and put right in turn. The
//! protocol is told in `README.md` beside this file.

use std::collections::VecDeque;
use std::hint;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use super::pool::Pool;
use super::sequence::advance;
use super::slot::{Held, MARGIN, Plain, Slot};
use super::spare;
use super::watch::{INTERVAL, Stop, Watch};
use super::word::Word;
use crate::bit_generator::AnyGenerator;
use crate::decode::Decoded;

/// Chunks that a thread decodes ahead of its turn, so that a neighbour who was descheduled does not
/// stall it.
pub(super) const AHEAD: usize = 4;

/// Looks at the turn before a thread sleeps until it moves: about as long as decoding half a chunk.
const LOOKS: usize = 200;

/// What is passed from the thread whose chunk is settled to the one that has the next.
struct Baton<'o, V> {
    /// Chunks that threads have taken.
    claimed: usize,
    /// The chunk that is to be settled next.
    turn: usize,
    /// Where its first token begins, in words behind its first.
    start: usize,
    /// Values before it.
    done: usize,
    /// Where its values go. Empty while its owner decodes right into it.
    rest: &'o mut [V],
    /// The generator after the last value, once that is known.
    end: Option<Box<dyn AnyGenerator>>,
    stopped: bool,
    /// Threads that wait for the turn.
    sleeping: usize,
}

/// What a thread does next.
enum Step<'o, V> {
    /// Decode this chunk on a guess; so many values are likely to lie before it.
    Guess { index: usize, drawn: Option<Drawn>, before: usize },
    /// Decode this chunk into its place: it is its turn.
    Place { index: usize, drawn: Option<Drawn>, start: usize, rest: &'o mut [V] },
    /// Settle the first of the chunks held.
    Settle { start: usize },
    /// Nothing yet.
    Look,
    /// Go.
    Leave,
}

/// A generator that cannot skip, before and behind the words of a chunk that it gave.
struct Drawn {
    at: Box<dyn AnyGenerator>,
    behind: Box<dyn AnyGenerator>,
}

/// Buffers of a thread.
pub(super) type Buffers<W, V> = Vec<Slot<W, V>>;

struct Chain<'a, 'o, W, V> {
    plain: Plain<'a, W, V>,
    /// At the first word.
    start: &'a dyn AnyGenerator,
    /// Whether the generator skips.
    skips: bool,
    /// Of a generator that does not skip: at the first word of the chunk that is claimed next.
    /// Locked before the baton, never behind it.
    spring: Mutex<Box<dyn AnyGenerator>>,
    baton: Mutex<Baton<'o, V>>,
    /// The baton's `turn`, to be looked at without the lock; nothing is concluded from it.
    turn: AtomicUsize,
    /// The turn moved, or everything ended.
    moved: Condvar,
    total: usize,
    /// Where the values go. Only an address: nothing is read or written by it.
    out: AtomicPtr<V>,
}

/// A type of values.
pub(super) trait Value: Copy + Default + Send + Sync + 'static {}

impl<V: Copy + Default + Send + Sync + 'static> Value for V {}

/// Fills `out`, [`Plain::chunk`] words at a time.
pub(super) fn fill<W: Word, V: Value>(
    generator: &mut dyn AnyGenerator,
    plain: Plain<'_, W, V>,
    out: &mut [V],
    (pool, threads): (&Pool, usize),
    watch: &mut Watch<'_>,
) -> Result<(), Stop> {
    let chain = Chain {
        plain,
        start: &*generator,
        skips: generator.skips(),
        spring: Mutex::new(generator.copy()),
        turn: AtomicUsize::new(0),
        moved: Condvar::new(),
        total: out.len(),
        out: AtomicPtr::new(out.as_mut_ptr()),
        baton: Mutex::new(Baton {
            claimed: 0,
            turn: 0,
            start: 0,
            done: 0,
            rest: out,
            end: None,
            stopped: false,
            sleeping: 0,
        }),
    };
    pool.broadcast(threads, || chain.work(Some(watch)), &|_| {
        // Only the caller's watch can stop it.
        let _ = chain.work(None);
    })?;
    let baton = chain.baton.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Some(end) = baton.end {
        generator.assign(&*end);
    }
    Ok(())
}

impl<V> Baton<'_, V> {
    /// How many values a chunk is likely to give: `chunk` at most; how many they gave up to now tells
    /// more.
    fn each(&self, chunk: usize) -> usize {
        self.done.checked_div(self.turn).unwrap_or(chunk).clamp(1, chunk)
    }

    /// Whether the chunk after those claimed is likely to be needed.
    fn wants(&self, total: usize, chunk: usize) -> bool {
        self.claimed < self.turn + (total - self.done).div_ceil(self.each(chunk))
    }
}

/// Stops the others when a thread panics: its chunk's turn would never end.
struct Release<'c, 'a, 'o, W: Word, V: Value>(&'c Chain<'a, 'o, W, V>);

impl<W: Word, V: Value> Drop for Release<'_, '_, '_, W, V> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.stop();
        }
    }
}

impl<'o, W: Word, V: Value> Chain<'_, 'o, W, V> {
    fn lock(&self) -> MutexGuard<'_, Baton<'o, V>> {
        self.baton.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stop(&self) {
        self.lock().stopped = true;
        self.moved.notify_all();
    }

    /// What each thread does; the caller's has the watch.
    fn work(&self, mut watch: Option<&mut Watch<'_>>) -> Result<(), Stop> {
        let release = Release(self);
        let mut slots = spare::take::<Buffers<W, V>>();
        let mut held: VecDeque<Held<W, V>> = VecDeque::with_capacity(AHEAD);
        loop {
            let mut slot = slots.pop().unwrap_or_default();
            let front = held.front().map(|held| held.index);
            match self.step((front, held.len() < AHEAD, watch.is_some()), &mut slot.words) {
                Step::Guess { index, drawn, before } => {
                    let mut chunk = self.load(slot, index, drawn);
                    chunk.guess(&self.plain, self.out.load(Ordering::Relaxed).wrapping_add(before));
                    held.push_back(chunk);
                }
                Step::Place { index, drawn, start, rest } => {
                    let mut chunk = self.load(slot, index, drawn);
                    self.place(&mut chunk, start, rest);
                    slots.push(chunk.slot);
                }
                Step::Settle { start } => {
                    slots.push(slot);
                    if let Some(mut chunk) = held.pop_front() {
                        self.settle(&mut chunk, start);
                        slots.push(chunk.slot);
                    }
                }
                Step::Look => slots.push(slot),
                Step::Leave => {
                    slots.push(slot);
                    break;
                }
            }
            if let Some(watch) = &mut watch
                && let Err(stop) = watch.look(|| self.lock().done)
            {
                // After a fork the lock may be another thread's that is not here.
                if stop == Stop::Cancelled {
                    self.stop();
                }
                return Err(stop);
            }
        }
        slots.extend(held.into_iter().map(|chunk| chunk.slot));
        spare::keep(slots);
        drop(release);
        Ok(())
    }

    /// Finds out what to do next, given the first of the chunks that the thread holds and whether it
    /// can hold one more. A thread of the
    /// pool that is not needed any more leaves, so that the caller need not wait for it. With a generator that does not skip, the words of a claimed chunk are drawn
    /// here: in the order of the claims.
    fn step(
        &self,
        (front, room, own): (Option<usize>, bool, bool),
        words: &mut Vec<W>,
    ) -> Step<'o, V> {
        let mut spring = None;
        if !self.skips && room {
            let baton = self.lock();
            let settles = front == Some(baton.turn);
            let wants = !settles && baton.wants(self.total, self.plain.chunk);
            drop(baton);
            if wants {
                spring = Some(self.spring.lock().unwrap_or_else(PoisonError::into_inner));
            }
        }
        let mut baton = self.lock();
        if baton.stopped || baton.end.is_some() {
            return Step::Leave;
        }
        if front == Some(baton.turn) {
            return Step::Settle { start: baton.start };
        }
        let may_draw = self.skips || spring.is_some();
        if room && may_draw && baton.wants(self.total, self.plain.chunk) {
            let index = baton.claimed;
            let before = baton.done + (index - baton.turn) * baton.each(self.plain.chunk);
            baton.claimed += 1;
            let place =
                (index == baton.turn).then(|| (baton.start, std::mem::take(&mut baton.rest)));
            drop(baton);
            let drawn = spring.as_deref_mut().map(|spring| {
                let at = spring.copy();
                words.resize(self.plain.chunk + MARGIN, W::default());
                W::fill(&mut **spring, &mut words[..self.plain.chunk]);
                Drawn { at, behind: spring.copy() }
            });
            return match place {
                Some((start, rest)) => Step::Place { index, drawn, start, rest },
                None => Step::Guess { index, drawn, before },
            };
        }
        drop(spring);
        if front.is_none() && !own && baton.turn > 0 && !baton.wants(self.total, self.plain.chunk) {
            return Step::Leave;
        }
        self.wait(baton);
        Step::Look
    }

    /// Waits until the turn moves, or for as long as the caller's hook may be kept waiting.
    fn wait(&self, baton: MutexGuard<'_, Baton<'o, V>>) {
        let turn = baton.turn;
        drop(baton);
        for _ in 0..LOOKS {
            if self.turn.load(Ordering::Relaxed) != turn {
                return;
            }
            hint::spin_loop();
        }
        let mut baton = self.lock();
        if baton.turn == turn && !baton.stopped && baton.end.is_none() {
            baton.sleeping += 1;
            baton =
                self.moved.wait_timeout(baton, INTERVAL).unwrap_or_else(PoisonError::into_inner).0;
            baton.sleeping -= 1;
        }
    }

    /// Has the words of a chunk in memory; those of a generator that does not skip are, but for the
    /// margin.
    fn load(&self, mut slot: Slot<W, V>, index: usize, drawn: Option<Drawn>) -> Held<W, V> {
        let chunk = self.plain.chunk;
        slot.words.resize(chunk + MARGIN, W::default());
        let (at, behind) = if let Some(Drawn { at, mut behind }) = drawn {
            W::fill(&mut *behind, &mut slot.words[chunk..]);
            (Some(at), behind)
        } else {
            let mut behind = W::seek(self.start, index as u128 * chunk as u128);
            W::fill(&mut *behind, &mut slot.words);
            (None, behind)
        };
        Held { slot, index, at, behind, decoded: Decoded { values: 0, next: 0 } }
    }

    /// Decodes a chunk whose turn it is into its place.
    fn place(&self, chunk: &mut Held<W, V>, start: usize, rest: &'o mut [V]) {
        let decoded = chunk.decode(&self.plain, start, rest, rest.as_ptr());
        if decoded.values == rest.len() {
            return self.finish(chunk, decoded.next);
        }
        let mut baton = self.lock();
        baton.rest = &mut rest[decoded.values..];
        self.pass(baton, decoded.values, decoded.next);
    }

    /// Puts a chunk right whose turn it is, passes the baton on and then copies the values.
    fn settle(&self, chunk: &mut Held<W, V>, start: usize) {
        let mended = chunk.mend(&self.plain, start);
        let mut baton = self.lock();
        let rest = std::mem::take(&mut baton.rest);
        if mended.values >= rest.len() {
            // The last value is in this chunk: where it ends is only seen by filling up to it.
            drop(baton);
            let decoded = chunk.decode(&self.plain, start, rest, rest.as_ptr());
            return self.finish(chunk, decoded.next);
        }
        let (place, rest) = rest.split_at_mut(mended.values);
        baton.rest = rest;
        self.pass(baton, mended.values, mended.next);
        let (front, back) = place.split_at_mut(chunk.slot.prefix.len());
        front.copy_from_slice(&chunk.slot.prefix);
        back.copy_from_slice(&chunk.slot.values[mended.skipped..][..back.len()]);
    }

    /// Hands the turn to the next chunk.
    fn pass(&self, mut baton: MutexGuard<'_, Baton<'o, V>>, values: usize, next: usize) {
        baton.turn += 1;
        baton.done += values;
        baton.start = next - self.plain.chunk;
        self.turn.store(baton.turn, Ordering::Relaxed);
        let sleeping = baton.sleeping > 0;
        drop(baton);
        if sleeping {
            self.moved.notify_all();
        }
    }

    /// All values are there, and `next` is the word of this chunk behind the last.
    fn finish(&self, chunk: &mut Held<W, V>, next: usize) {
        let end = if let Some(at) = &chunk.at {
            let mut end = at.copy();
            advance(&mut *end, next, &mut chunk.slot.words);
            end
        } else {
            let words = chunk.index as u128 * self.plain.chunk as u128 + next as u128;
            W::seek(self.start, words)
        };
        let mut baton = self.lock();
        baton.done = self.total;
        baton.end = Some(end);
        drop(baton);
        self.turn.store(usize::MAX, Ordering::Relaxed);
        self.moved.notify_all();
    }
}
