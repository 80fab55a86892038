//! The walk from block to block, the same for all ziggurats and levels.

use std::mem::MaybeUninit;

use super::{Level, Token, Usable, Ziggurat};
use crate::decode::{Decoded, Head};

/// Raw values in a block: so few that what is packed waits in the store buffer while the next block is
/// surveyed.
pub(super) const BLOCK: usize = 256;
pub(super) const BITS: usize = BLOCK / 64;

/// What the raw values of a block would give.
#[repr(align(64))]
pub(super) struct Survey<V> {
    /// As many as the block has raw values. (Zeroing the others costs a twentieth of the work.)
    pub(super) values: [MaybeUninit<V>; BLOCK],
    /// Bit i: value i lies under the density for certain.
    pub(super) certain: [u64; BITS],
}

impl<V> Survey<V> {
    fn new() -> Self {
        Self { values: [const { MaybeUninit::uninit() }; BLOCK], certain: [0; BITS] }
    }
}

/// Bits set while a block is walked through, with room behind it.
type Set = [u64; BITS + 1];

#[inline(always)]
fn set(bits: &mut Set, index: usize, bit: bool) {
    bits[index / 64] |= u64::from(bit) << (index % 64);
}

/// The positions of the `count` lowest bits of a block that are not set in `certain`.
#[inline(always)]
fn doubtful(certain: &[u64; BITS], length: usize, list: &mut [u16; BLOCK + 4]) -> usize {
    let mut count = 0;
    for (index, &word) in certain.iter().enumerate().take(length.div_ceil(64)) {
        let base = 64 * index;
        let mut bits = !word;
        if length < base + 64 {
            bits &= (1 << (length % 64)) - 1;
        }
        let behind = count + bits.count_ones() as usize;
        // Four without a branch: mostly there is one or none, and how many is not to be foretold.
        for _ in 0..4 {
            list[count.min(BLOCK)] = (base as u32 + bits.trailing_zeros()) as u16;
            count += 1;
            bits &= bits.wrapping_sub(1);
        }
        while bits != 0 {
            list[count.min(BLOCK)] = (base as u32 + bits.trailing_zeros()) as u16;
            count += 1;
            bits &= bits - 1;
        }
        count = behind;
    }
    count
}

/// What a walk through a block found. It is used again for each block: moved, it would have to be read
/// in other pieces than it was written in, which takes longer than the walk.
struct Walk {
    /// Raw values that belong to a token that began before them.
    consumed: Set,
    /// First raw values of tokens that gave no value.
    failed: Set,
    /// Raw values of the block that were walked through.
    length: usize,
    /// Where the next token begins.
    next: usize,
    /// A token needs raw values that are not there: the walk ends before it.
    short: bool,
}

impl Walk {
    fn new() -> Self {
        Self { consumed: [0; BITS + 1], failed: [0; BITS + 1], length: 0, next: 0, short: false }
    }

    /// Walks through the first `length` of `words`, behind which there is at least one more.
    #[inline(always)]
    fn through<Z: Ziggurat>(
        &mut self,
        words: &[Z::Word],
        length: usize,
        survey: &mut Survey<Z::Value>,
    ) {
        self.consumed = [0; BITS + 1];
        self.failed = [0; BITS + 1];
        self.length = length;
        self.short = false;
        let mut list = [0u16; BLOCK + 4];
        let count = doubtful(&survey.certain, length, &mut list);
        let mut next = 0;
        for &index in &list[..count] {
            let index = usize::from(index);
            if index < next {
                continue;
            }
            let candidate = Z::candidate(words[index]);
            if candidate.layer == 0 {
                let Some(Token { value, more }) = Z::tail(&words[index..]) else {
                    self.length = index;
                    self.next = index;
                    self.short = true;
                    return;
                };
                survey.values[index].write(value.unwrap_or_default());
                set(&mut self.failed, index, value.is_none());
                for used in index + 1..=(index + more).min(BLOCK) {
                    set(&mut self.consumed, used, true);
                }
                next = index + 1 + more;
            } else {
                let under = Z::under(candidate.layer, candidate.value, words[index + 1]);
                set(&mut self.failed, index, !under);
                set(&mut self.consumed, index + 1, true);
                next = index + 2;
            }
        }
        self.next = next.max(length);
    }
}

/// Which values of a survey are packed.
pub(super) struct Kept {
    bits: [u64; BITS],
    /// Words of `bits` that may have some.
    words: usize,
    count: usize,
}

impl Kept {
    /// Those that the walk found to be values.
    #[inline(always)]
    fn of(walk: &Walk) -> Self {
        let words = walk.length.div_ceil(64);
        let mut kept = Self { bits: [0; BITS], words, count: 0 };
        for (index, bits) in kept.bits.iter_mut().enumerate().take(words) {
            *bits = !(walk.consumed[index] | walk.failed[index]);
            if walk.length < 64 * (index + 1) {
                *bits &= (1 << (walk.length % 64)) - 1;
            }
            kept.count += bits.count_ones() as usize;
        }
        kept
    }

    /// Leaves the first `count`, of which there are more or as many. The index of the last one.
    fn cut(&mut self, count: usize) -> usize {
        let last = select(&self.bits, count - 1);
        for (index, bits) in self.bits.iter_mut().enumerate() {
            let below = (last + 1).saturating_sub(64 * index);
            if below < 64 {
                *bits &= (1 << below) - 1;
            }
        }
        self.count = count;
        last
    }

    /// Bit i of the block: its value is kept.
    #[inline(always)]
    pub(super) fn bits(&self) -> &[u64] {
        &self.bits[..self.words]
    }

    /// How many bits are set.
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    #[inline(always)]
    pub(super) fn count(&self) -> usize {
        self.count
    }
}

/// The position of set bit `rank`, which there is.
fn select(bits: &[u64], mut rank: usize) -> usize {
    for (index, &word) in bits.iter().enumerate() {
        let ones = word.count_ones() as usize;
        if rank < ones {
            let rest = (0..rank).fold(word, |word, _| word & (word - 1));
            return 64 * index + rest.trailing_zeros() as usize;
        }
        rank -= ones;
    }
    64 * bits.len()
}

/// See [`Decode::decode`](crate::Decode::decode).
pub(super) fn decode<Z: Ziggurat>(
    level: Level,
    words: &[Z::Word],
    start: usize,
    limit: usize,
    out: &mut [Z::Value],
    head: &mut Head,
    place: *const Z::Value,
) -> Option<Decoded> {
    let level = Usable::of(level);
    #[cfg(target_arch = "x86_64")]
    {
        if level.has(Level::Avx512) {
            // SAFETY: the machine has the instructions.
            return unsafe { decode_avx512::<Z>(level, words, start, limit, out, head, place) };
        }
        if level.has(Level::Avx2) {
            // SAFETY: the machine has the instructions.
            return unsafe { decode_avx2::<Z>(level, words, start, limit, out, head, place) };
        }
    }
    decode_inlined::<Z>(level, words, start, limit, out, head, place)
}

/// The walk too is faster with the instructions of newer machines, those that count bits before all.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma,bmi1,bmi2,lzcnt,popcnt")]
fn decode_avx512<Z: Ziggurat>(
    level: Usable,
    words: &[Z::Word],
    start: usize,
    limit: usize,
    out: &mut [Z::Value],
    head: &mut Head,
    place: *const Z::Value,
) -> Option<Decoded> {
    decode_inlined::<Z>(level, words, start, limit, out, head, place)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2,lzcnt,popcnt")]
fn decode_avx2<Z: Ziggurat>(
    level: Usable,
    words: &[Z::Word],
    start: usize,
    limit: usize,
    out: &mut [Z::Value],
    head: &mut Head,
    place: *const Z::Value,
) -> Option<Decoded> {
    decode_inlined::<Z>(level, words, start, limit, out, head, place)
}

#[inline(always)]
fn decode_inlined<Z: Ziggurat>(
    level: Usable,
    words: &[Z::Word],
    start: usize,
    limit: usize,
    out: &mut [Z::Value],
    head: &mut Head,
    place: *const Z::Value,
) -> Option<Decoded> {
    let mut survey = Survey::<Z::Value>::new();
    let survey = &mut survey;
    let mut walk = Walk::new();
    let (mut position, mut written) = (start, 0);
    while position < limit && written < out.len() {
        let wanted = out.len() - written;
        let length = BLOCK
            .min(limit - position)
            .min(words.len() - position - 1)
            .min(wanted + wanted / 32 + 8);
        if length == 0 {
            // The last of the words: a token if it needs no other.
            let candidate = Z::candidate(words[position]);
            if !candidate.certain {
                return None;
            }
            out[written] = candidate.value;
            if position < 64 {
                head.starts |= 1 << position;
                head.values |= 1 << position;
            }
            return Some(Decoded { values: written + 1, next: position + 1 });
        }

        Z::survey(level, &words[position..position + length], survey, place.wrapping_add(written));
        walk.through::<Z>(&words[position..], length, survey);
        let mut kept = Kept::of(&walk);
        let mut next = walk.next;
        if kept.count >= wanted {
            next = kept.cut(wanted) + 1;
            while next < walk.length && walk.consumed[next / 64] >> (next % 64) & 1 == 1 {
                next += 1;
            }
            if next >= walk.length {
                next = walk.next;
            }
        }
        if position < 64 {
            let walked = next.min(64 - position);
            let all = if walked == 64 { u64::MAX } else { (1 << walked) - 1 };
            let starts = all & !walk.consumed[0];
            head.starts |= starts << position;
            head.values |= (starts & kept.bits[0]) << position;
        }
        Z::pack(level, survey, &kept, &mut out[written..]);
        written += kept.count;
        position += next;
        if walk.short && written < out.len() {
            return None;
        }
    }
    Some(Decoded { values: written, next: position })
}
