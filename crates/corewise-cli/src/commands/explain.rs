//! `corewise explain`.

use corewise_analyse::{Explanation, explain};
use corewise_model::Code;

use crate::{ExitStatus, Failure, Output};

/// The texts are wrapped to this many columns.
const WIDTH: usize = 80;

/// Arguments of `corewise explain`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The findings, such as CW101; none lists them all
    #[arg(value_name = "CODE")]
    codes: Vec<String>,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments, output: &mut Output) -> Result<ExitStatus, Failure> {
    let codes: Vec<Code> =
        arguments.codes.iter().map(|text| code(text)).collect::<Result<_, _>>()?;
    let chosen: &[Code] = if codes.is_empty() { &Code::ALL } else { &codes };
    let explanations: Vec<&Explanation> = chosen.iter().map(|code| explain(*code)).collect();
    let text = if arguments.json {
        let json = serde_json::to_string_pretty(&explanations)
            .map_err(|error| Failure::new(ExitStatus::Internal, error.to_string()))?;
        json + "\n"
    } else if codes.is_empty() {
        let line = |e: &&Explanation| format!("{}  {}\n", e.code, e.title);
        explanations.iter().map(line).collect()
    } else {
        let pages: Vec<String> = explanations.iter().map(|e| page(e)).collect();
        pages.join("\n")
    };
    output.data(&text)?;
    Ok(ExitStatus::Success)
}

/// A code as it is typed: in either case, with `CW` or without.
fn code(text: &str) -> Result<Code, Failure> {
    let upper = text.trim().to_ascii_uppercase();
    let digits = upper.strip_prefix("CW").unwrap_or(&upper);
    let number = |code: &Code| code.to_string().replace("CW", "");
    if let Some(code) = Code::ALL.iter().find(|code| number(code) == digits) {
        return Ok(*code);
    }
    let failure = Failure::new(ExitStatus::Usage, format!("there is no finding {text:?}"));
    // One digit off, or a code of the same family.
    let off = |code: &&Code| {
        let known = number(code);
        let wrong = known.chars().zip(digits.chars()).filter(|(a, b)| a != b).count();
        wrong + known.len().abs_diff(digits.len())
    };
    let nearest = Code::ALL.iter().min_by_key(off).filter(|code| off(code) <= 1);
    let failure = match nearest {
        Some(code) => failure.hint(format!("{code} is {}", explain(*code).title)),
        None => failure,
    };
    let all: Vec<String> = Code::ALL.iter().map(ToString::to_string).collect();
    Err(failure.hint(format!("the findings are {}", all.join(", "))))
}

fn page(e: &Explanation) -> String {
    let sections = [
        ("What it means", e.meaning),
        ("How it is measured", e.measured),
        ("When it is reported", e.threshold),
        ("When it is wrong", e.wrong_when),
        ("How to fix it", e.fix),
    ];
    let parts = sections.map(|(heading, body)| format!("\n{heading}\n{}", wrapped(body)));
    format!("{}: {}\n{}", e.code, e.title, parts.concat())
}

/// Indented by two, at most `WIDTH` columns where no word is longer.
fn wrapped(text: &str) -> String {
    let mut out = String::new();
    let mut line = String::from(" ");
    for word in text.split_whitespace() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            out.push_str(&line);
            out.push('\n');
            line = String::from(" ");
        }
        line.push(' ');
        line.push_str(word);
    }
    out + &line + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_may_be_typed_in_any_case() {
        for text in ["CW101", "cw101", " Cw101 ", "101"] {
            assert_eq!(code(text).unwrap(), Code::Cw101, "{text}");
        }
    }

    #[test]
    fn an_unknown_code_is_a_usage_error_that_names_the_nearest() {
        let failure = code("CW109").unwrap_err();
        assert_eq!(failure.status, ExitStatus::Usage);
        assert_eq!(failure.hints[0], "CW101 is oversubscription");
        let failure = code("hello").unwrap_err();
        assert_eq!(failure.hints.len(), 1);
        assert!(failure.hints[0].contains("CW101") && failure.hints[0].contains("CW401"));
    }

    #[test]
    fn a_page_has_every_part_and_fits_a_terminal() {
        for code in Code::ALL {
            let page = page(explain(code));
            assert_eq!(page.lines().filter(|line| line.starts_with(char::is_uppercase)).count(), 6);
            assert!(page.lines().all(|line| line.chars().count() <= WIDTH), "{page}");
        }
    }
}
