//! SFC64: Doty-Humphrey's small fast chaotic generator of `PractRand`. Its last word counts draws.

/// Whether at most `reach` draws lead from one state to the other. `after` may have been read
/// between two stores of one step, so each word may be of the step before or after.
pub(super) fn follows(mut words: [u64; 4], after: [u64; 4], reach: u64) -> bool {
    let draws = after[3].wrapping_sub(words[3]);
    if draws > reach || words == after {
        return false;
    }
    for _ in 1..draws {
        step(&mut words);
    }
    let mut near = [words; 3];
    step(&mut near[1]);
    near[2] = near[1];
    step(&mut near[2]);
    (0..4).all(|index| near.iter().any(|words| words[index] == after[index]))
}

fn step([a, b, c, counter]: &mut [u64; 4]) {
    let out = a.wrapping_add(*b).wrapping_add(*counter);
    *counter = counter.wrapping_add(1);
    *a = *b ^ (*b >> 11);
    *b = c.wrapping_add(*c << 3);
    *c = c.rotate_left(24).wrapping_add(out);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_followed_as_far_as_the_reach() {
        let start = [1, 2, 3, 1];
        let mut later = start;
        for _ in 0..100 {
            step(&mut later);
        }
        assert!(follows(start, later, 100));
        assert!(!follows(start, later, 99));
        assert!(!follows(later, start, 1000));
        assert!(!follows([9, 2, 3, 1], later, 1000));
        let mut next = later;
        step(&mut next);
        assert!(follows(start, [next[0], later[1], later[2], next[3]], 1000), "torn");
        assert!(follows(start, [next[0], later[1], later[2], later[3]], 1000), "torn");
    }
}
