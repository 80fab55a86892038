//! PCG64 and PCG64DXSM: O'Neill, "PCG", 2014. Their state is a linear congruential generator
//! modulo 2¹²⁸, so the number of draws between two states has a formula.

use super::change::NEAR;

/// The multiplier of PCG64.
const MULTIPLIER: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;
/// The multiplier of PCG64DXSM.
const CHEAP_MULTIPLIER: u128 = 0xda94_2042_e4dd_58b5;

/// Whether fewer than 2⁴⁸ draws lead from one state to the other, by either multiplier. That both
/// kinds are tried hurts nothing: a wrong multiplier gives a near distance once in 2⁸⁰.
pub(super) fn follows(before: u128, after: u128, increment: u128) -> bool {
    [MULTIPLIER, CHEAP_MULTIPLIER].iter().any(|multiplier| {
        let distance = distance(before, after, *multiplier, increment);
        distance != 0 && distance < u128::from(NEAR)
    })
}

/// The steps from one state to the other, modulo the period: bit by bit, because the lowest n bits
/// of the state have a period of 2ⁿ (Brown, "Random number generation with arbitrary strides",
/// 1994).
fn distance(mut from: u128, to: u128, mut multiplier: u128, mut increment: u128) -> u128 {
    let mut distance = 0;
    let mut bit = 1u128;
    while from != to && bit != 0 {
        if (from ^ to) & bit != 0 {
            from = from.wrapping_mul(multiplier).wrapping_add(increment);
            distance |= bit;
        }
        increment = multiplier.wrapping_add(1).wrapping_mul(increment);
        multiplier = multiplier.wrapping_mul(multiplier);
        bit <<= 1;
    }
    distance
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_distance_is_the_number_of_steps(
            start: u128, increment: u128, steps in 0u32..2000, cheap: bool,
        ) {
            let multiplier = if cheap { CHEAP_MULTIPLIER } else { MULTIPLIER };
            let increment = increment | 1;
            let mut state = start;
            for _ in 0..steps {
                state = state.wrapping_mul(multiplier).wrapping_add(increment);
            }
            prop_assert_eq!(distance(start, state, multiplier, increment), u128::from(steps));
            prop_assert_eq!(follows(start, state, increment), steps > 0);
            prop_assert!(!follows(state, start, increment) || steps == 0);
        }
    }
}
