//! What a finding means, for a reader who sees its code for the first time.

use corewise_model::Code;
use serde::Serialize;

use crate::rules::RULES;

/// What a finding means, how it was measured, when it is wrong, how to fix it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// The finding's code.
    pub code: Code,
    /// Its name in a few words.
    pub title: &'static str,
    /// What it means for the program.
    pub meaning: &'static str,
    /// How it is measured, and how its cost is computed.
    pub measured: &'static str,
    /// From when on it is reported.
    pub threshold: &'static str,
    /// When it is wrong, or misses something.
    pub wrong_when: &'static str,
    /// What to do.
    pub fix: &'static str,
}

/// What a finding means.
///
/// ```
/// use corewise_model::Code;
///
/// let explanation = corewise_analyse::explain(Code::Cw101);
/// assert_eq!(explanation.title, "oversubscription");
/// ```
#[must_use]
pub fn explain(code: Code) -> &'static Explanation {
    RULES[code as usize].explanation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_own_explanation() {
        for code in Code::ALL {
            let e = explain(code);
            assert_eq!(e.code, code);
            for text in [e.meaning, e.measured, e.threshold, e.wrong_when, e.fix] {
                assert!(text.ends_with('.') && text.len() > 40, "{code}: {text}");
                assert!(!text.contains("  ") && !text.contains('\n'), "{code}: {text}");
            }
        }
    }
}
