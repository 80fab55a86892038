//! Halves of raw values, where one may wait from before and one may be left over.

use crate::bit_generator::BitGenerator;

/// Fills `values` by `next` at the ends and by `pairs` between them, which is given an even number and
/// draws their raw values alone; what [waits](crate::Half) is afterwards as after as many calls of
/// `next`.
pub(crate) fn fill<G: BitGenerator, T>(
    generator: &mut G,
    mut values: &mut [T],
    mut next: impl FnMut(&mut G) -> T,
    pairs: impl FnOnce(&mut G, &mut [T]),
) {
    if generator.half().waits && !values.is_empty() {
        values[0] = next(generator);
        values = &mut values[1..];
    }
    // The last pair goes one by one: its upper half stays behind in the generator.
    let even = values.len().saturating_sub(1) / 2 * 2;
    let (paired, last) = values.split_at_mut(even);
    pairs(generator, paired);
    for value in last {
        *value = next(generator);
    }
}
