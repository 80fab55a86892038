//! `RandomState`.

use corewise_rng::{BitGenerator, Integer, MaskedIntegers, Mt19937, RandomState, StandardUniform};

use crate::draw::{Bytes, of_kind, values};
use crate::generator::{NumPyState, words};
use crate::{cases, hex, python};

fn integers<T: Integer + Bytes, G: BitGenerator>(
    bounds: &[u128],
    generator: &mut G,
    n: usize,
) -> Vec<u8> {
    let [low, high] =
        [bounds[0], bounds[1]].map(|bound| T::from_wrapped(bound.try_into().unwrap()));
    assert!(low == high || MaskedIntegers::inclusive(high, low).is_none());
    values(&MaskedIntegers::inclusive(low, high).unwrap(), generator, n)
}

fn gauss(field: &str) -> Option<u64> {
    (!field.is_empty()).then(|| u64::from_str_radix(field, 16).unwrap())
}

#[test]
fn a_random_state_is_numpys() {
    let Some(python) = python("a_random_state_is_numpys") else { return };
    for case in cases(&python, "tests/numpy/legacy.py").lines() {
        let fields: Vec<&str> = case.split('\t').collect();
        let [method, parameters, size, before, waits, bytes, after, waits_after] = fields[..]
        else {
            panic!("{case}")
        };
        let size = usize::from_str_radix(size, 16).unwrap();
        let mut state = RandomState::new(Mt19937::from_numpy(&words(before)));
        state.gauss = gauss(waits).map(f64::from_bits);
        let generator = &mut state.generator;
        let ours = match method {
            "randn" => {
                let mut values = vec![0.0; size];
                state.fill_standard_normal(&mut values);
                values.into_iter().flat_map(Bytes::bytes).collect()
            }
            "random_sample" => values(&StandardUniform, generator, size),
            _ => {
                let kind = method.strip_prefix("randint_").unwrap();
                of_kind!(kind, integers(&words(parameters), generator, size))
            }
        };
        assert!(hex(&ours) == bytes, "{method}({parameters}), {size} values: {bytes}");
        assert_eq!(state.generator.to_numpy(), words(after), "{method}: the state");
        assert_eq!(state.gauss.map(f64::to_bits), gauss(waits_after), "{method}: the state");
    }
}
