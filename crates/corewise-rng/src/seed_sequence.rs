//! `numpy.random.SeedSequence`: from any entropy to words that seed a bit generator, as M. E. O'Neill
//! proposed it ("Developing a `seed_seq` Alternative", 2015).

/// Why there is no such seed sequence.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeedError {
    /// The pool holds less than 128 bits.
    #[error("the size of the entropy pool should be at least 4 words, not {0}")]
    PoolSize(usize),
    /// More children than 32 bits can count.
    #[error("a seed sequence can spawn 4294967295 children, not {0}")]
    Children(u64),
}

/// A bit generator that is seeded as NumPy seeds it.
pub trait FromSeed: Sized {
    /// What `numpy.random`'s bit generator of this name is for the same seed sequence.
    #[must_use]
    fn from_seed_sequence(seed: &SeedSequence) -> Self;
}

/// `numpy.random.SeedSequence`.
///
/// ```
/// use corewise_rng::{FromSeed, Pcg64, SeedSequence, Source};
///
/// // numpy.random.PCG64(42).random_raw()
/// let mut generator = Pcg64::from_seed_sequence(&SeedSequence::from(42));
/// assert_eq!(generator.next_u64(), 14_276_969_152_011_380_360);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeedSequence {
    entropy: Vec<u32>,
    spawn_key: Vec<u32>,
    pool: Vec<u32>,
    children: u32,
}

/// An integer, of which the bytes are given lowest first, as NumPy takes it for entropy: in 32-bit
/// words, lowest first, without zeros at the top, and 0 as one word.
///
/// A sequence of integers is the words of all of them, one after the other.
#[must_use]
pub fn integer_words(bytes: &[u8]) -> Vec<u32> {
    let used = bytes.iter().rposition(|&byte| byte != 0).map_or(1, |last| last + 1);
    let mut words = vec![0; used.div_ceil(4)];
    for (index, &byte) in bytes.iter().take(used).enumerate() {
        words[index / 4] |= u32::from(byte) << (8 * (index % 4));
    }
    words
}

impl From<u128> for SeedSequence {
    /// With NumPy's pool of four words.
    fn from(entropy: u128) -> Self {
        Self::mixed(integer_words(&entropy.to_le_bytes()), Vec::new(), Self::POOL_SIZE, 0)
    }
}

impl SeedSequence {
    /// Words in the pool unless it is said otherwise.
    pub const POOL_SIZE: usize = 4;

    /// From [words](integer_words) of entropy and of the spawn key.
    pub fn new(
        entropy: Vec<u32>,
        spawn_key: Vec<u32>,
        pool_size: usize,
    ) -> Result<Self, SeedError> {
        if pool_size < Self::POOL_SIZE {
            return Err(SeedError::PoolSize(pool_size));
        }
        Ok(Self::mixed(entropy, spawn_key, pool_size, 0))
    }

    /// The same, that has spawned so many children before.
    #[must_use]
    pub fn with_children_spawned(mut self, children: u32) -> Self {
        self.children = children;
        self
    }

    /// How many children it has spawned.
    #[must_use]
    pub fn children_spawned(&self) -> u32 {
        self.children
    }

    /// The pool of mixed entropy.
    #[must_use]
    pub fn pool(&self) -> &[u32] {
        &self.pool
    }

    fn mixed(entropy: Vec<u32>, spawn_key: Vec<u32>, pool_size: usize, children: u32) -> Self {
        let mut words = entropy.clone();
        if !spawn_key.is_empty() && words.len() < pool_size {
            // Else a spawn key could look like entropy.
            words.resize(pool_size, 0);
        }
        words.extend(&spawn_key);
        let mut hash = Hash { constant: 0x43b0_d7e5, multiplier: 0x931e_8875 };
        let mut pool: Vec<u32> = (0..pool_size)
            .map(|index| hash.of(words.get(index).copied().unwrap_or_default()))
            .collect();
        for source in 0..pool_size {
            for target in (0..pool_size).filter(|&target| target != source) {
                pool[target] = mix(pool[target], hash.of(pool[source]));
            }
        }
        for &word in words.iter().skip(pool_size) {
            for target in &mut pool {
                *target = mix(*target, hash.of(word));
            }
        }
        Self { entropy, spawn_key, pool, children }
    }

    fn state(&self) -> impl Iterator<Item = u32> {
        let mut hash = Hash { constant: 0x8b51_f9dd, multiplier: 0x58f3_8ded };
        self.pool.iter().cycle().map(move |&word| hash.of(word))
    }

    /// The first words that it seeds with: `generate_state(words.len())`.
    pub fn generate_u32(&self, words: &mut [u32]) {
        for (word, value) in words.iter_mut().zip(self.state()) {
            *word = value;
        }
    }

    /// The same in 64-bit words: `generate_state(words.len(), np.uint64)`.
    pub fn generate_u64(&self, words: &mut [u64]) {
        let mut state = self.state();
        for word in words {
            let mut half = || u64::from(state.next().unwrap_or_default());
            *word = half() | half() << 32;
        }
    }

    /// The next children: each has this one's spawn key and its number behind it.
    pub fn spawn(&mut self, children: u32) -> Result<Vec<Self>, SeedError> {
        let end = self
            .children
            .checked_add(children)
            .ok_or(SeedError::Children(u64::from(self.children) + u64::from(children)))?;
        let child = |number| {
            let mut key = self.spawn_key.clone();
            key.push(number);
            Self::mixed(self.entropy.clone(), key, self.pool.len(), 0)
        };
        let spawned = (self.children..end).map(child).collect();
        self.children = end;
        Ok(spawned)
    }
}

/// A hash of words that is another for each word.
struct Hash {
    constant: u32,
    multiplier: u32,
}

impl Hash {
    fn of(&mut self, word: u32) -> u32 {
        let word = word ^ self.constant;
        self.constant = self.constant.wrapping_mul(self.multiplier);
        let word = word.wrapping_mul(self.constant);
        word ^ word >> 16
    }
}

fn mix(left: u32, right: u32) -> u32 {
    let mixed = left.wrapping_mul(0xca01_f9dd).wrapping_sub(right.wrapping_mul(0x4973_f715));
    mixed ^ mixed >> 16
}
