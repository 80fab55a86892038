//! Strings of the recorded program, made safe for a terminal and for a line of fixed width.
//!
//! A process may name itself, its threads and its functions as it likes: with escape sequences that
//! move the cursor, newlines that forge a line of the report, or marks that turn the direction of
//! writing. All of them are shown, none of them acts.

use std::borrow::Cow;
use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// `text` with everything that would act on a terminal spelled out: `\n`, `\x1b`, `\u{202e}`.
///
/// Without `unicode`, for a terminal that shows ASCII only, everything else is spelled out too,
/// except the few signs of corewise's own sentences, which have a letter in their place.
#[must_use]
pub fn text(text: &str, unicode: bool) -> Cow<'_, str> {
    let acts =
        |c: char| (c.is_control() || is_invisible(c) || !unicode && !c.is_ascii()).then_some(());
    if !text.chars().any(|c| acts(c).is_some()) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\x1f' | '\x7f' => {
                let _ = write!(out, "\\x{:02x}", u32::from(c));
            }
            _ if acts(c).is_none() => out.push(c),
            _ => match ascii_form(c) {
                Some(form) => out.push_str(form),
                None => {
                    let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
                }
            },
        }
    }
    Cow::Owned(out)
}

/// Text that may stand anywhere in markup.
#[must_use]
pub fn markup(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The letter in place of a sign that corewise itself writes.
fn ascii_form(c: char) -> Option<&'static str> {
    Some(match c {
        '×' => "x",
        'µ' => "u",
        '–' | '—' => "-",
        '→' => "->",
        '≤' => "<=",
        '≥' => ">=",
        '’' | '‘' => "'",
        '“' | '”' => "\"",
        '…' => "...",
        _ => return None,
    })
}

/// Characters without a form of their own that change how others are shown: Unicode's format
/// characters (category Cf), its line and paragraph separators, and the variation selectors'
/// neighbours that hide text (the tag block).
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{600}'..='\u{605}'
            | '\u{61c}'
            | '\u{6dd}'
            | '\u{70f}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

/// How many columns escaped text takes.
#[must_use]
pub fn width(text: &str) -> usize {
    text.width()
}

/// What stands for text that was left out.
fn ellipsis(unicode: bool) -> char {
    if unicode { '…' } else { '~' }
}

/// Escaped text in at most `columns`, its end cut off where it is longer: `a very lo…`.
#[must_use]
pub fn cut_end(text: &str, columns: usize, unicode: bool) -> Cow<'_, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let mut out = take(text.chars(), columns.saturating_sub(1));
    out.push(ellipsis(unicode));
    Cow::Owned(out)
}

/// Escaped text in at most `columns`, its beginning cut off where it is longer: `…/lib/numpy.so`.
#[must_use]
pub fn cut_start(text: &str, columns: usize, unicode: bool) -> Cow<'_, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let mut tail = take(text.chars().rev(), columns.saturating_sub(1));
    tail.push(ellipsis(unicode));
    Cow::Owned(tail.chars().rev().collect())
}

/// How many bytes of escaped text fit in `columns`, at least one character.
pub(crate) fn fitting(text: &str, columns: usize) -> usize {
    let mut used = 0;
    let mut end = 0;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        if used > columns && at > 0 {
            break;
        }
        end = at + c.len_utf8();
    }
    end
}

fn take(chars: impl Iterator<Item = char>, columns: usize) -> String {
    let mut used = 0;
    chars
        .take_while(|c| {
            used += c.width().unwrap_or(0);
            used <= columns
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_acts_on_the_terminal() {
        for (raw, shown) in [
            ("plain é 漢", "plain é 漢"),
            ("a\nb\r\tc", r"a\nb\r\tc"),
            ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
            ("\u{9b}2J", r"\u{9b}2J"),
            ("\u{202e}gpj.exe", r"\u{202e}gpj.exe"),
            ("zero\u{200b}width", r"zero\u{200b}width"),
            ("<script>", "<script>"),
        ] {
            assert_eq!(text(raw, true), shown);
        }
    }

    #[test]
    fn ascii_terminals_get_ascii() {
        assert_eq!(text("4 × 16 µs … é", false), r"4 x 16 us ... \u{e9}");
    }

    #[test]
    fn every_character_that_is_let_through_has_a_form_or_combines() {
        for c in (0..=0x0010_ffff).filter_map(char::from_u32) {
            let raw = c.to_string();
            let shown = text(&raw, true);
            assert!(!shown.chars().any(char::is_control), "{:x}", u32::from(c));
            assert!(text(&raw, false).is_ascii(), "{:x}", u32::from(c));
        }
    }

    #[test]
    fn cutting_counts_columns_not_characters() {
        assert_eq!(cut_end("漢字漢字", 5, true), "漢字…");
        assert_eq!(cut_end("漢字", 4, true), "漢字");
        assert_eq!(cut_start("/usr/lib/libopenblas.so", 14, true), "…ibopenblas.so");
        assert_eq!(cut_start("/usr/lib/libopenblas.so", 14, false), "~ibopenblas.so");
        assert_eq!(cut_end("abc", 1, true), "…");
    }
}
