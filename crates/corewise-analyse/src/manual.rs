//! The page of documentation that is made from the findings' own texts.

use crate::figures::FIGURES;
use crate::rules::RULES;

/// `docs/findings.md`: every finding's explanation and every figure that findings show, with an
/// anchor for each. The file in the repository is compared with this by a test.
///
/// ```
/// assert!(corewise_analyse::manual().contains("(finding-cw101)="));
/// ```
#[must_use]
pub fn manual() -> String {
    let mut blocks: Vec<String> = vec![
        "<!-- Made by `cargo run -p corewise-analyse --example manual > docs/findings.md` from \
         the texts in crates/corewise-analyse/src; a test compares. -->"
            .to_owned(),
        "# Findings".to_owned(),
        "A finding is a conclusion from a recording, with a code that never changes its meaning, \
         evidence, what it cost, and what to type. `corewise explain CW101` prints the same texts \
         as this page."
            .to_owned(),
        "Severities: a *note* is a fact that cost nothing worth naming here, a *warning* cost time \
         or can break the program, *severe* means that it cost a large part of the run or makes \
         results wrong. Findings stand in that order, then by what they cost. Costs overlap (the \
         spinning of CW104 is also part of CW101), so they are not to be added."
            .to_owned(),
        RULES
            .iter()
            .map(|rule| {
                let e = rule.explanation;
                let anchor = anchor(&e.code.to_string());
                format!("- [{}](#{anchor}): {}", e.code, e.title)
            })
            .collect::<Vec<_>>()
            .join("\n"),
    ];
    for rule in &RULES {
        let e = rule.explanation;
        blocks.push(format!("({})=", anchor(&e.code.to_string())));
        blocks.push(format!("## {}: {}", e.code, e.title));
        blocks.push(e.meaning.to_owned());
        for (heading, text) in [
            ("How it is measured", e.measured),
            ("When it is reported", e.threshold),
            ("When it is wrong", e.wrong_when),
            ("How to fix it", e.fix),
        ] {
            blocks.push(format!("**{heading}.** {text}"));
        }
    }
    blocks.push("## Figures".to_owned());
    blocks.push(
        "What the figures beside a finding's evidence are, and when they are wrong.".to_owned(),
    );
    for figure in FIGURES {
        blocks.push(format!("({})=", anchor(figure.name)));
        blocks.push(format!("### {} ({})", figure.name, figure.unit));
        blocks.push(figure.how.to_owned());
        blocks.push(format!("*When it is wrong:* {}", figure.wrong_when));
    }
    blocks.iter().map(|block| wrapped(block)).collect::<Vec<_>>().join("\n\n") + "\n"
}

/// `finding-cw101`, `finding-part-of-the-wall-time`.
fn anchor(name: &str) -> String {
    let words: Vec<String> = name
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect();
    format!("finding-{}", words.join("-"))
}

/// Paragraphs at most 100 columns wide; headings, anchors and lists as they are.
fn wrapped(block: &str) -> String {
    if block.starts_with(['#', '-', '(', '<']) {
        return block.to_owned();
    }
    let mut lines: Vec<String> = vec![String::new()];
    for word in block.split_whitespace() {
        let last = lines.len() - 1;
        if !lines[last].is_empty() && lines[last].chars().count() + 1 + word.chars().count() > 100 {
            lines.push(word.to_owned());
        } else {
            let space = if lines[last].is_empty() { "" } else { " " };
            lines[last].push_str(space);
            lines[last].push_str(word);
        }
    }
    lines.join("\n")
}
