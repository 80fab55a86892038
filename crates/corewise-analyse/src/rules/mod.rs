//! One file a finding: its texts, its thresholds, its judgement and their tests side by side.

mod cw101_oversubscription;
mod cw102_oversized_pool;
mod cw103_throttled;
mod cw104_spinning;
mod cw105_withheld;
mod cw106_out_of_reach;
mod cw201_idle_cores;
mod cw202_waiting_for_the_gil;
mod cw203_calls_too_small;
mod cw301_several_copies;
mod cw302_clashing_runtimes;
mod cw303_fork_with_a_pool;
mod cw401_same_random_stream;

use crate::rule::Rule;

/// Every finding, in the order of `Code::ALL`.
pub(crate) const RULES: [Rule; 13] = [
    cw101_oversubscription::RULE,
    cw102_oversized_pool::RULE,
    cw103_throttled::RULE,
    cw104_spinning::RULE,
    cw105_withheld::RULE,
    cw106_out_of_reach::RULE,
    cw201_idle_cores::RULE,
    cw202_waiting_for_the_gil::RULE,
    cw203_calls_too_small::RULE,
    cw301_several_copies::RULE,
    cw302_clashing_runtimes::RULE,
    cw303_fork_with_a_pool::RULE,
    cw401_same_random_stream::RULE,
];

/// What the rules' tests share.
#[cfg(test)]
pub(crate) mod proof {
    use corewise_model::scenario::Scenario;
    use corewise_model::{Code, Finding};

    use crate::rule::Rule;

    /// The findings with this code.
    pub(crate) fn found(scenario: &Scenario, code: Code) -> Vec<Finding> {
        let mut findings = crate::findings(&scenario.recording());
        findings.retain(|finding| finding.code == code);
        findings
    }

    /// The one finding with this code.
    #[track_caller]
    pub(crate) fn one(scenario: &Scenario, code: Code) -> Finding {
        let mut findings = found(scenario, code);
        assert_eq!(findings.len(), 1, "{findings:#?}");
        findings.remove(0)
    }

    /// The explanation states these thresholds, which come from the constants.
    #[track_caller]
    pub(crate) fn stated(rule: &Rule, thresholds: &[String]) {
        for threshold in thresholds {
            let text = rule.explanation.threshold;
            assert!(text.contains(threshold.as_str()), "{threshold} is not in: {text}");
        }
    }
}
