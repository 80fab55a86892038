//! What every finding's file holds.

use corewise_model::Finding;

use crate::Explanation;
use crate::facts::Facts;

/// One kind of finding: its texts and its judgement, side by side in one file under `rules`.
pub(crate) struct Rule {
    pub(crate) explanation: &'static Explanation,
    /// The findings of this kind in a recording.
    pub(crate) find: fn(&Facts<'_>) -> Vec<Finding>,
}
