//! The bit generators by NumPy's names, with NumPy's states as words.

use corewise_rng::{BitGenerator, Half, Pcg64, Pcg64Dxsm};

use crate::draw::draw;

pub(crate) enum AnyGenerator {
    Pcg64(Pcg64),
    Pcg64Dxsm(Pcg64Dxsm),
}

/// Numbers as `cases.py` writes them.
pub(crate) fn words(field: &str) -> Vec<u128> {
    let words = field.split(',').filter(|word| !word.is_empty());
    words.map(|word| u128::from_str_radix(word, 16).unwrap()).collect()
}

fn half(words: &[u128]) -> Half {
    Half { waits: words[0] == 1, value: words[1].try_into().unwrap() }
}

fn with_half(state: &[u128], half: Half) -> Vec<u128> {
    [state, &[u128::from(half.waits), u128::from(half.value)]].concat()
}

impl AnyGenerator {
    pub(crate) fn from_state(kind: &str, words: &[u128]) -> Self {
        match kind {
            "PCG64" => Self::Pcg64(Pcg64::from_state(words[0], words[1], half(&words[2..]))),
            "PCG64DXSM" => {
                Self::Pcg64Dxsm(Pcg64Dxsm::from_state(words[0], words[1], half(&words[2..])))
            }
            _ => panic!("no bit generator is called {kind}"),
        }
    }

    pub(crate) fn state(&self) -> Vec<u128> {
        match self {
            Self::Pcg64(generator) => {
                let (state, increment) = generator.state();
                with_half(&[state, increment], generator.half())
            }
            Self::Pcg64Dxsm(generator) => {
                let (state, increment) = generator.state();
                with_half(&[state, increment], generator.half())
            }
        }
    }

    /// The bytes of that many values.
    pub(crate) fn draw(&mut self, name: &str, parameters: &str, size: usize) -> Vec<u8> {
        match self {
            Self::Pcg64(generator) => draw(generator, name, parameters, size),
            Self::Pcg64Dxsm(generator) => draw(generator, name, parameters, size),
        }
    }
}
