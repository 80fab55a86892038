//! In which order a round runs the settings.

/// The settings of a round, as indices.
///
/// A Williams design: within `settings` rounds (twice as many where their number is odd) each
/// setting stands equally often in each place and comes equally often after each other, so that
/// neither a drift of the machine nor what one run leaves behind (caches, heat) favours one. Two
/// settings alternate. E. J. Williams, Experimental designs balanced for the estimation of residual
/// effects of treatments, Australian Journal of Scientific Research A 2 (1949) 149–168.
pub(super) fn order(round: usize, settings: usize) -> Vec<usize> {
    let zigzag =
        |place: usize| if place % 2 == 1 { place.div_ceil(2) } else { settings - place / 2 };
    let mut order: Vec<usize> =
        (0..settings).map(|place| (zigzag(place) + round) % settings).collect();
    if settings % 2 == 1 && round / settings % 2 == 1 {
        order.reverse();
    }
    order
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn two_settings_alternate() {
        let orders: Vec<_> = (0..4).map(|round| order(round, 2)).collect();
        assert_eq!(orders, [[0, 1], [1, 0], [0, 1], [1, 0]]);
    }

    #[test]
    fn places_and_predecessors_are_balanced() {
        for settings in 2..=6 {
            let rounds = if settings % 2 == 0 { settings } else { 2 * settings };
            let mut places = BTreeMap::new();
            let mut pairs = BTreeMap::new();
            for order in (0..rounds).map(|round| order(round, settings)) {
                for (place, setting) in order.iter().enumerate() {
                    *places.entry((place, *setting)).or_insert(0) += 1;
                }
                for pair in order.windows(2) {
                    *pairs.entry((pair[0], pair[1])).or_insert(0) += 1;
                }
            }
            assert_eq!(places.len(), settings * settings, "{settings}");
            assert_eq!(pairs.len(), settings * (settings - 1), "{settings}");
            let times = rounds / settings;
            assert!(places.values().all(|n| *n == times), "{settings}: {places:?}");
            assert!(pairs.values().all(|n| *n == times), "{settings}: {pairs:?}");
        }
    }
}
