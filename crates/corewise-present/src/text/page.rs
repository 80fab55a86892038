//! Lines of at most so many columns, with a label at their left.

use std::borrow::Cow;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use super::TextOptions;
use crate::escape;

/// Where the text begins to the right of labels.
pub(super) const INDENT: usize = 10;

pub(super) const LABEL: Style = Style::new().bold();
pub(super) const FAINT: Style = Style::new().dimmed();
pub(super) const GOOD: Style = AnsiColor::Green.on_default();
pub(super) const CARE: Style = AnsiColor::Yellow.on_default().bold();
pub(super) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(super) const TYPE: Style = AnsiColor::Cyan.on_default().bold();

/// Below this a table has no room for its names.
const MINIMUM: usize = 60;

/// A text that grows line by line.
pub(super) struct Page<'a> {
    pub(super) options: &'a TextOptions,
    columns: usize,
    out: String,
}

impl<'a> Page<'a> {
    pub(super) fn new(options: &'a TextOptions) -> Self {
        Self { options, columns: options.columns.max(MINIMUM), out: String::new() }
    }

    pub(super) fn columns(&self) -> usize {
        self.columns
    }

    pub(super) fn finish(self) -> String {
        self.out
    }

    /// What came from the program, or is our own and has signs outside ASCII.
    pub(super) fn escape<'t>(&self, text: &'t str) -> Cow<'t, str> {
        escape::text(text, self.options.unicode)
    }

    /// Escaped, and no longer than this.
    pub(super) fn cut(&self, text: &str, columns: usize) -> String {
        escape::cut_end(&self.escape(text), columns, self.options.unicode).into_owned()
    }

    /// `text` in a style, where colours are wanted.
    pub(super) fn styled(&self, style: Style, text: &str) -> String {
        if self.options.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    pub(super) fn blank(&mut self) {
        self.out.push('\n');
    }

    /// One line as it is. It is escaped and fits.
    pub(super) fn raw(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    /// A heading on a line of its own.
    pub(super) fn heading(&mut self, text: &str) {
        let line = self.styled(LABEL, &self.escape(text));
        self.raw(&line);
    }

    /// A paragraph with a label at its left; without one it continues the paragraph before.
    pub(super) fn labelled(&mut self, label: &str, text: &str) {
        self.paragraph(label, LABEL, INDENT, text, Style::new());
    }

    /// A paragraph behind `indent` columns, in which the label stands.
    pub(super) fn paragraph(
        &mut self,
        label: &str,
        label_style: Style,
        indent: usize,
        text: &str,
        style: Style,
    ) {
        let text = self.escape(text).into_owned();
        let lines = wrap(&text, self.columns.saturating_sub(indent).max(20));
        for (at, line) in lines.iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            let gap = indent.saturating_sub(escape::width(label));
            let mut full = String::new();
            if !label.is_empty() {
                full.push_str(&self.styled(label_style, label));
            }
            let _ = write!(full, "{:gap$}{}", "", self.plain_or(style, line));
            self.raw(&full);
        }
    }

    fn plain_or(&self, style: Style, text: &str) -> String {
        if style == Style::new() { text.to_owned() } else { self.styled(style, text) }
    }
}

/// Lines of at most `columns`, broken at spaces, and within words that are longer than a line.
fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let mut word = word;
        loop {
            let last = lines.len() - 1;
            let line = &mut lines[last];
            let used = escape::width(line) + usize::from(!line.is_empty());
            if used + escape::width(word) <= columns {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(word);
                break;
            }
            if line.is_empty() {
                let at = break_at(word, columns);
                line.push_str(&word[..at]);
                word = &word[at..];
            }
            lines.push(String::new());
        }
    }
    lines
}

/// Where a word that is longer than a line breaks: behind the last slash, so that a path's parts
/// stay whole, else where the line is full.
fn break_at(word: &str, columns: usize) -> usize {
    let full = escape::fitting(word, columns);
    match word[..full].rfind('/') {
        Some(slash) if slash > 0 => slash + 1,
        _ => full,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_that_are_longer_than_a_line_are_broken() {
        assert_eq!(wrap("ab abcdefgh cd", 4), ["ab", "abcd", "efgh", "cd"]);
        assert_eq!(wrap("/usr/lib/libgomp.so", 10), ["/usr/lib/", "libgomp.so"]);
        assert_eq!(wrap("", 4), [""]);
    }

    proptest! {
        #[test]
        fn no_line_is_too_long_and_no_letter_is_lost(text in "[a-z漢 ]{0,200}", columns in 2usize..40) {
            let lines = wrap(&text, columns);
            prop_assert!(lines.iter().all(|line| escape::width(line) <= columns));
            let letters = |text: &str| text.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
