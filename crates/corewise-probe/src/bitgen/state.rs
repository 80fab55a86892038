//! The states of NumPy's bit generators, as their C structs hold them.

use super::change::{Change, change_within};
use super::libraries::Kind;
use super::mt19937;
use crate::elf::Memory;

/// The state of a bit generator. Buffered halves of a 64-bit number are left out: taking one does
/// not advance the stream.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum State {
    /// `mt19937_state`: the key and how much of it is used up.
    Mt19937 {
        /// 624 words.
        key: Box<[u32; mt19937::WORDS]>,
        /// 0 to 624.
        position: u32,
    },
    /// `pcg64_random_t`, of PCG64 and PCG64DXSM.
    Pcg64 {
        /// The state of the linear congruential generator.
        state: u128,
        /// Its increment, which names the stream.
        increment: u128,
    },
    /// `philox_state`.
    Philox {
        /// A 256-bit number, the lowest word first.
        counter: [u64; 4],
        /// The key, which names the stream.
        key: [u64; 2],
        /// How much of the block at this counter is used up: 0 to 4.
        position: u32,
    },
    /// `sfc64_state`: three words and a counter.
    Sfc64 {
        /// The words; the last is the counter.
        words: [u64; 4],
    },
}

/// A hash of the state (64-bit FNV-1a), the same for equal states in every process and run.
#[must_use]
pub fn fingerprint(state: &State) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325;
    let mut take = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    match state {
        State::Mt19937 { key, position } => {
            take(b"m");
            key.iter().for_each(|word| take(&word.to_le_bytes()));
            take(&position.to_le_bytes());
        }
        State::Pcg64 { state, increment } => {
            take(b"p");
            take(&state.to_le_bytes());
            take(&increment.to_le_bytes());
        }
        State::Philox { counter, key, position } => {
            take(b"x");
            counter.iter().chain(key).for_each(|word| take(&word.to_le_bytes()));
            take(&position.to_le_bytes());
        }
        State::Sfc64 { words } => {
            take(b"s");
            for word in words {
                take(&word.to_le_bytes());
            }
        }
    }
    hash
}

/// Reads the state at `address`. The process may be drawing at this moment, which can tear the
/// bytes: two readings in a row must follow from each other by a little drawing. `None` where no
/// such state is there.
pub(super) fn read(memory: &impl Memory, kind: Kind, address: u64) -> Option<State> {
    let mut last = read_once(memory, kind, address)?;
    for _ in 0..8 {
        let next = read_once(memory, kind, address)?;
        if change_within(&last, &next, 1 << 12) != Change::Replaced {
            return Some(next);
        }
        last = next;
    }
    None
}

fn read_once(memory: &impl Memory, kind: Kind, address: u64) -> Option<State> {
    match kind {
        Kind::Mt19937 => {
            let bytes: [u8; 4 * mt19937::WORDS + 4] = memory.bytes(address).ok()?;
            let mut words = bytes.as_chunks().0.iter().map(|word| u32::from_le_bytes(*word));
            let mut key = Box::new([0; mt19937::WORDS]);
            key.iter_mut().zip(&mut words).for_each(|(to, from)| *to = from);
            let position = words.next()?;
            (position as usize <= mt19937::WORDS).then_some(State::Mt19937 { key, position })
        }
        Kind::Pcg64 => {
            let numbers: [u8; 32] = memory.bytes(memory.u64(address).ok()?).ok()?;
            let [state, increment] = [0, 1].map(|index| {
                let mut bytes = [0; 16];
                bytes.copy_from_slice(&numbers[16 * index..16 * (index + 1)]);
                u128::from_le_bytes(bytes)
            });
            // The increment is odd by construction.
            (increment % 2 == 1).then_some(State::Pcg64 { state, increment })
        }
        Kind::Philox => {
            let pointers: [u64; 3] = words(memory, address)?;
            let counter = words(memory, pointers[0])?;
            let key = words(memory, pointers[1])?;
            let position = memory.u32(address.checked_add(16)?).ok()?;
            (position <= 4).then_some(State::Philox { counter, key, position })
        }
        Kind::Sfc64 => Some(State::Sfc64 { words: words(memory, address)? }),
    }
}

fn words<const N: usize>(memory: &impl Memory, address: u64) -> Option<[u64; N]> {
    let mut words = [0; N];
    let mut bytes = [0; 64];
    let bytes = bytes.get_mut(..8 * N)?;
    memory.fill(address, bytes).ok()?;
    words
        .iter_mut()
        .zip(bytes.as_chunks().0)
        .for_each(|(to, from)| *to = u64::from_le_bytes(*from));
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_states_have_equal_fingerprints_and_others_do_not() {
        let state = |words| State::Sfc64 { words };
        assert_eq!(fingerprint(&state([1, 2, 3, 4])), fingerprint(&state([1, 2, 3, 4])));
        assert_ne!(fingerprint(&state([1, 2, 3, 4])), fingerprint(&state([1, 2, 4, 3])));
    }

    #[test]
    fn nonsense_is_no_state() {
        let memory: &[u8] = &[0xff; 4096];
        for kind in [Kind::Mt19937, Kind::Pcg64, Kind::Philox] {
            assert_eq!(read(&Slice(memory), kind, 8), None);
        }
        assert_eq!(read(&Slice(memory), Kind::Sfc64, 4090), None);
    }

    struct Slice<'a>(&'a [u8]);

    impl Memory for Slice<'_> {
        fn fill(&self, address: u64, buffer: &mut [u8]) -> std::io::Result<()> {
            self.0.fill(address, buffer)
        }
    }
}
