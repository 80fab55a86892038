//! PCG64 and PCG64DXSM: O'Neill, "PCG", 2014. Their state is a linear congruential generator
//! modulo 2¹²⁸, so the number of draws between two states has a formula.

use super::change::NEAR;

/// The multiplier of PCG64.
const MULTIPLIER: u128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645;
/// The multiplier of PCG64DXSM.
const CHEAP_MULTIPLIER: u128 = 0xda94_2042_e4dd_58b5;

/// Whether fewer than 2⁴⁸ draws lead from one state to the other, by either multiplier. That both
/// kinds are tried hurts nothing: a wrong multiplier gives a near distance once in 2⁷⁹.
///
/// `after` may have been read while the program was between its two 64-bit stores, and stay so for
/// as long as it is not scheduled. The lower half is a generator of its own modulo 2⁶⁴; the upper
/// half may be that of the state before or after.
pub(super) fn follows(before: u128, after: u128, increment: u128) -> bool {
    let half = |n: u128| n & u128::from(u64::MAX);
    [MULTIPLIER, CHEAP_MULTIPLIER].into_iter().any(|multiplier| {
        let steps = distance(before, after, multiplier, increment, u128::from(u64::MAX));
        // Before the first store nothing has changed, so one step back is a step too.
        (steps.saturating_sub(1)..=steps + 1).any(|near| {
            let state = advance(before, near, multiplier, increment);
            steps < u128::from(NEAR)
                && (steps, near) != (0, 0)
                && state - half(state) == after - half(after)
        })
    })
}

/// The state after so many steps.
fn advance(mut state: u128, mut steps: u128, mut multiplier: u128, mut increment: u128) -> u128 {
    while steps != 0 {
        if steps & 1 == 1 {
            state = state.wrapping_mul(multiplier).wrapping_add(increment);
        }
        increment = multiplier.wrapping_add(1).wrapping_mul(increment);
        multiplier = multiplier.wrapping_mul(multiplier);
        steps >>= 1;
    }
    state
}

/// The steps from one state to the other in the bits of `mask`, modulo their period: bit by bit, because the lowest n bits
/// of the state have a period of 2ⁿ (Brown, "Random number generation with arbitrary strides",
/// 1994).
fn distance(
    mut from: u128,
    to: u128,
    mut multiplier: u128,
    mut increment: u128,
    mask: u128,
) -> u128 {
    let mut distance = 0;
    let mut bit = 1u128;
    while (from ^ to) & mask != 0 && bit != 0 {
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

    /// The upper half of one number and the lower half of another.
    fn halves(upper: u128, lower: u128) -> u128 {
        (upper >> 64 << 64) | (lower & u128::from(u64::MAX))
    }

    #[test]
    fn an_advanced_stream_is_not_followed() {
        let start = 12345;
        for steps in [1 << 64, 1 << 63, u128::MAX - 5] {
            assert!(!follows(start, advance(start, steps, MULTIPLIER, 7), 7));
        }
        assert!(follows(start, advance(start, 1 << 40, MULTIPLIER, 7), 7));
    }

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
            let found = distance(start, state, multiplier, increment, u128::MAX);
            prop_assert_eq!(found, u128::from(steps));
            prop_assert_eq!(advance(start, found, multiplier, increment), state);
            prop_assert_eq!(follows(start, state, increment), steps > 0);
            prop_assert!(!follows(state, start, increment));
            let next = state.wrapping_mul(multiplier).wrapping_add(increment);
            for torn in [halves(state, next), halves(next, state)] {
                prop_assert!(follows(start, torn, increment), "{torn:x}");
            }
        }
    }
}
