//! Medians, and what is known of them. No assumption on how times are distributed: they are skewed,
//! and a busy machine gives outliers.

/// An interval is given only where its confidence is at least this. Five rounds give 93.75 %; 95 %
/// would take six.
pub(super) const CONFIDENCE: f64 = 0.9;

/// The middle and the ends of some values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Spread {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Spread {
    /// `None` of no values.
    pub(super) fn of(values: &[f64]) -> Option<Self> {
        let sorted = sorted(values);
        let (least, most) = (*sorted.first()?, *sorted.last()?);
        let half = sorted.len() / 2;
        let median = if sorted.len() % 2 == 1 {
            sorted[half]
        } else {
            f64::midpoint(sorted[half - 1], sorted[half])
        };
        Some(Self { median, least, most })
    }
}

/// Where the true median lies, with this confidence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Interval {
    pub(super) low: f64,
    pub(super) high: f64,
    pub(super) confidence: f64,
}

impl Interval {
    /// The narrowest interval between the k-th smallest and the k-th largest of `values` with a
    /// confidence of at least [`CONFIDENCE`]; `None` where even the smallest and the largest give
    /// less, which is so for fewer than five.
    ///
    /// The true median lies outside only if fewer than k values fall on one side of it, and each
    /// falls on either side with probability 1/2: the confidence is
    /// 1 − 2·P(Binomial(n, 1/2) < k), whatever the distribution, and more where values can be equal.
    /// W. J. Conover, Practical Nonparametric Statistics, 3rd ed. (1999), section 3.2; J.-Y. Le
    /// Boudec, Performance Evaluation of Computer and Communication Systems (2010), theorem 2.1.
    /// A bootstrap of a median draws from the same few values and promises more than it keeps.
    pub(super) fn of(values: &[f64]) -> Option<Self> {
        let sorted = sorted(values);
        let n = sorted.len();
        // P(Binomial(n, 1/2) = j) and the sum of these for j < k.
        let mut point = 0.5_f64.powf(n as f64);
        let mut below = 0.0;
        let mut best = None;
        for k in 1..=n.div_ceil(2) {
            below += point;
            point *= (n - k + 1) as f64 / k as f64;
            let confidence = 1.0 - 2.0 * below;
            if confidence < CONFIDENCE {
                break;
            }
            best = Some(Self { low: sorted[k - 1], high: sorted[n - k], confidence });
        }
        best
    }

    /// Whether `value` may be the true one.
    pub(super) fn contains(&self, value: f64) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// How one setting's time compares with another's: the ratio within each round, so that what slows
/// down a whole round cancels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ratio {
    pub(super) median: f64,
    pub(super) rounds: usize,
    pub(super) interval: Option<Interval>,
}

impl Ratio {
    /// Of pairs (numerator, denominator); `None` of no pairs.
    pub(super) fn of(pairs: &[(f64, f64)]) -> Option<Self> {
        let ratios: Vec<f64> =
            pairs.iter().filter(|pair| pair.1 > 0.0).map(|pair| pair.0 / pair.1).collect();
        let median = Spread::of(&ratios)?.median;
        Some(Self { median, rounds: ratios.len(), interval: Interval::of(&ratios) })
    }

    /// Whether the rounds show that the two differ.
    pub(super) fn differs(&self) -> bool {
        self.interval.is_some_and(|interval| !interval.contains(1.0))
    }
}

fn sorted(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(n: u32) -> Vec<f64> {
        (1..=n).rev().map(f64::from).collect()
    }

    #[test]
    fn the_median_of_an_even_number_is_halfway() {
        assert_eq!(Spread::of(&[]), None);
        let spread = |median, least, most| Some(Spread { median, least, most });
        assert_eq!(Spread::of(&[3.0]), spread(3.0, 3.0, 3.0));
        assert_eq!(Spread::of(&[9.0, 1.0, 2.0]), spread(2.0, 1.0, 9.0));
        assert_eq!(Spread::of(&[9.0, 1.0, 2.0, 4.0]), spread(3.0, 1.0, 9.0));
    }

    #[test]
    fn intervals_are_those_of_the_printed_tables() {
        // n, the interval's ends as ranks, its confidence in %.
        for (n, low, high, percent) in [
            (5, 1, 5, 93.75),
            (6, 1, 6, 96.875),
            (7, 1, 7, 98.4375),
            (8, 2, 7, 92.968_75),
            (9, 2, 8, 96.093_75),
            (10, 2, 9, 97.851_562_5),
            (11, 3, 9, 93.457_031_25),
            (20, 6, 15, 95.861_053_466_796_88),
        ] {
            let interval = Interval::of(&first(n)).unwrap();
            assert_eq!((interval.low, interval.high), (f64::from(low), f64::from(high)), "{n}");
            assert!((interval.confidence * 100.0 - percent).abs() < 1e-9, "{n}: {interval:?}");
        }
    }

    #[test]
    fn fewer_than_five_values_give_no_interval() {
        for n in 0..5 {
            assert_eq!(Interval::of(&first(n)), None, "{n}");
        }
    }

    #[test]
    fn the_confidence_is_what_all_sides_of_the_median_give() {
        // Each value is below or above the true median, 0, with equal probability.
        for n in 5_u32..=14 {
            let hits = (0..1_u32 << n)
                .filter(|sides| {
                    let side = |i: u32| if sides >> i & 1 == 1 { 1.0 } else { -1.0 };
                    let values: Vec<f64> = (0..n).map(|i| side(i) * f64::from(i + 1)).collect();
                    Interval::of(&values).unwrap().contains(0.0)
                })
                .count();
            let confidence = Interval::of(&first(n)).unwrap().confidence;
            let share = hits as f64 / f64::from(1_u32 << n);
            assert!((share - confidence).abs() < 1e-12, "{n}: {share} {confidence}");
        }
    }

    #[test]
    fn many_rounds_neither_overflow_nor_take_the_ends() {
        let interval = Interval::of(&first(1000)).unwrap();
        assert_eq!((interval.low, interval.high), (474.0, 527.0));
        assert!((0.9..0.91).contains(&interval.confidence), "{interval:?}");
    }

    #[test]
    fn what_slows_down_a_whole_round_cancels() {
        let slow = [1.0, 1.0, 3.0, 1.0, 2.0];
        let pairs: Vec<(f64, f64)> = slow.iter().map(|by| (by * 0.5, *by)).collect();
        let ratio = Ratio::of(&pairs).unwrap();
        assert_eq!((ratio.median, ratio.rounds), (0.5, 5));
        assert_eq!(ratio.interval, Some(Interval { low: 0.5, high: 0.5, confidence: 0.9375 }));
        assert!(ratio.differs());
    }

    #[test]
    fn a_ratio_on_both_sides_of_1_shows_nothing() {
        let pairs = [(0.9, 1.0), (0.8, 1.0), (0.9, 1.0), (1.1, 1.0), (0.7, 1.0)];
        assert!(!Ratio::of(&pairs).unwrap().differs());
        assert!(!Ratio::of(&pairs[..3]).unwrap().differs(), "no interval shows nothing either");
        assert_eq!(Ratio::of(&[]), None);
        assert_eq!(Ratio::of(&[(1.0, 0.0)]), None);
    }
}
