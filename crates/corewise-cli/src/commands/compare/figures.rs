//! The numbers that a comparison shows, from what was measured.

use super::measure::{Measured, Outcome, Run};
use super::statistics::{Ratio, Spread};

/// The setting that the others are compared with.
pub(super) const BASE: usize = 0;

/// The governed setting.
pub(super) const GOVERNED: usize = 1;

/// Wall times in seconds.
pub(super) fn wall(measured: &Measured, setting: usize) -> Option<Spread> {
    Spread::of(&measured.timed(setting).map(|run| run.wall.as_secs_f64()).collect::<Vec<_>>())
}

/// CPU times in seconds.
pub(super) fn cpu(measured: &Measured, setting: usize) -> Option<Spread> {
    let times = measured.timed(setting).filter_map(|run| Some(run.cpu?.as_secs_f64()));
    Spread::of(&times.collect::<Vec<_>>())
}

/// How long a setting takes compared with another. Of the rounds in which both ended alike: a
/// program that fails early is not a fast one.
pub(super) fn ratio(measured: &Measured, setting: usize, to: usize) -> Option<Ratio> {
    let alike = |run: &Run| {
        let mut others = measured.timed(to);
        let other = others.find(|other| other.round == run.round)?;
        let pair = (run.wall.as_secs_f64(), other.wall.as_secs_f64());
        (run.outcome == other.outcome).then_some(pair)
    };
    Ratio::of(&measured.timed(setting).filter_map(alike).collect::<Vec<_>>())
}

/// The setting with the smallest median of those in which the program never failed.
pub(super) fn best(measured: &Measured, only: impl Fn(usize) -> bool) -> Option<usize> {
    let sound = |run: &Run| match run.outcome {
        Outcome::TimedOut => false,
        Outcome::Code(0) => true,
        _ => measured.plan.ignore_failure,
    };
    (0..measured.plan.settings.len())
        .filter(|setting| only(*setting) && measured.of(*setting).all(sound))
        .filter_map(|setting| Some((setting, wall(measured, setting)?.median)))
        .min_by(|a, b| a.1.total_cmp(&b.1))
        .map(|(setting, _)| setting)
}

/// The best of the static settings.
pub(super) fn best_static(measured: &Measured) -> Option<usize> {
    best(measured, |setting| measured.plan.settings[setting].is_static())
}

/// The settings that the rounds do not show to be slower than the best.
pub(super) fn rivals(measured: &Measured, best: usize) -> Vec<usize> {
    (0..measured.plan.settings.len())
        .filter(|setting| *setting != best)
        .filter(|setting| ratio(measured, *setting, best).is_some_and(|ratio| !ratio.differs()))
        .collect()
}
