//! The bit generators by NumPy's names, with NumPy's states as words.

use corewise_rng::{
    BitGenerator, FromSeed, Half, Mt19937, Pcg64, Pcg64Dxsm, Philox, SeedSequence, Sfc64,
};

use crate::draw::draw;

/// Numbers as the scripts write them.
pub(crate) fn words(field: &str) -> Vec<u128> {
    let words = field.split(',').filter(|word| !word.is_empty());
    words.map(|word| u128::from_str_radix(word, 16).unwrap()).collect()
}

/// Numbers of a smaller type, as many as an array holds.
pub(crate) fn array<T: TryFrom<u128>, const N: usize>(words: &[u128]) -> [T; N] {
    std::array::from_fn(|index| T::try_from(words[index]).ok().unwrap())
}

pub(crate) trait NumPyState {
    fn from_numpy(words: &[u128]) -> Self;
    fn to_numpy(&self) -> Vec<u128>;
}

fn half(words: &[u128]) -> Half {
    Half { waits: words[0] == 1, value: words[1].try_into().unwrap() }
}

fn joined(words: &[u64], generator: &impl BitGenerator) -> Vec<u128> {
    let half = generator.half();
    let halves = [u128::from(half.waits), u128::from(half.value)];
    words.iter().map(|&word| u128::from(word)).chain(halves).collect()
}

macro_rules! pcg {
    ($($kind:ty),*) => {$(
        impl NumPyState for $kind {
            fn from_numpy(words: &[u128]) -> Self {
                Self::from_state(words[0], words[1], half(&words[2..]))
            }

            fn to_numpy(&self) -> Vec<u128> {
                let (state, increment) = self.state();
                [vec![state, increment], joined(&[], self)].concat()
            }
        }
    )*};
}
pcg!(Pcg64, Pcg64Dxsm);

impl NumPyState for Philox {
    fn from_numpy(words: &[u128]) -> Self {
        let position = words[10].try_into().unwrap();
        let (counter, key, buffer) = (array(words), array(&words[4..]), array(&words[6..]));
        Self::from_state(counter, key, buffer, position, half(&words[11..]))
    }

    fn to_numpy(&self) -> Vec<u128> {
        let (buffer, position) = self.buffer();
        let words = [&self.counter()[..], &self.key(), &buffer, &[position as u64]].concat();
        joined(&words, self)
    }
}

impl NumPyState for Sfc64 {
    fn from_numpy(words: &[u128]) -> Self {
        Self::from_state(array(words), half(&words[4..]))
    }

    fn to_numpy(&self) -> Vec<u128> {
        joined(&self.state(), self)
    }
}

impl NumPyState for Mt19937 {
    fn from_numpy(words: &[u128]) -> Self {
        Self::from_state(&array(words), words[624].try_into().unwrap())
    }

    fn to_numpy(&self) -> Vec<u128> {
        let (words, position) = self.state();
        let words = words.iter().map(|&word| u128::from(word));
        words.chain([position as u128]).collect()
    }
}

pub(crate) enum AnyGenerator {
    Pcg64(Pcg64),
    Pcg64Dxsm(Pcg64Dxsm),
    Philox(Philox),
    Sfc64(Sfc64),
    Mt19937(Box<Mt19937>),
}

impl AnyGenerator {
    pub(crate) fn from_state(kind: &str, words: &[u128]) -> Self {
        match kind {
            "PCG64" => Self::Pcg64(Pcg64::from_numpy(words)),
            "PCG64DXSM" => Self::Pcg64Dxsm(Pcg64Dxsm::from_numpy(words)),
            "Philox" => Self::Philox(Philox::from_numpy(words)),
            "SFC64" => Self::Sfc64(Sfc64::from_numpy(words)),
            "MT19937" => Self::Mt19937(Box::new(Mt19937::from_numpy(words))),
            _ => panic!("no bit generator is called {kind}"),
        }
    }

    pub(crate) fn from_seed(kind: &str, seed: &SeedSequence) -> Self {
        match kind {
            "PCG64" => Self::Pcg64(Pcg64::from_seed_sequence(seed)),
            "PCG64DXSM" => Self::Pcg64Dxsm(Pcg64Dxsm::from_seed_sequence(seed)),
            "Philox" => Self::Philox(Philox::from_seed_sequence(seed)),
            "SFC64" => Self::Sfc64(Sfc64::from_seed_sequence(seed)),
            "MT19937" => Self::Mt19937(Box::new(Mt19937::from_seed_sequence(seed))),
            _ => panic!("no bit generator is called {kind}"),
        }
    }

    pub(crate) fn state(&self) -> Vec<u128> {
        match self {
            Self::Pcg64(generator) => generator.to_numpy(),
            Self::Pcg64Dxsm(generator) => generator.to_numpy(),
            Self::Philox(generator) => generator.to_numpy(),
            Self::Sfc64(generator) => generator.to_numpy(),
            Self::Mt19937(generator) => generator.to_numpy(),
        }
    }

    /// The bytes of that many values.
    pub(crate) fn draw(&mut self, name: &str, parameters: &str, size: usize) -> Vec<u8> {
        match self {
            Self::Pcg64(generator) => draw(generator, name, parameters, size),
            Self::Pcg64Dxsm(generator) => draw(generator, name, parameters, size),
            Self::Philox(generator) => draw(generator, name, parameters, size),
            Self::Sfc64(generator) => draw(generator, name, parameters, size),
            Self::Mt19937(generator) => draw(generator.as_mut(), name, parameters, size),
        }
    }

    /// Skips, and the state that came of it.
    pub(crate) fn skipped(mut self, raws: u128) -> Vec<u128> {
        match &mut self {
            Self::Pcg64(generator) => generator.skip(raws),
            Self::Pcg64Dxsm(generator) => generator.skip(raws),
            Self::Philox(generator) => generator.skip(raws),
            Self::Sfc64(generator) => generator.skip(raws),
            Self::Mt19937(generator) => generator.skip(raws),
        }
        self.state()
    }
}
