//! What runs printed, and where it differs.

use corewise_sample::Captured;

/// How much of a differing line is kept, before and after the difference.
const EXCERPT: usize = 40;

/// What one run printed to one stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Printed {
    pub(super) length: u64,
    pub(super) hash: u64,
    /// Where it differs from what the first measured run printed.
    pub(super) difference: Option<Difference>,
}

impl Printed {
    /// `reference` is what the first measured run printed.
    pub(super) fn new(captured: &Captured, reference: &Captured) -> Self {
        Self {
            length: captured.length(),
            hash: captured.hash(),
            difference: Difference::between(reference, captured),
        }
    }

    pub(super) fn is_same(&self, other: &Self) -> bool {
        (self.length, self.hash) == (other.length, other.hash)
    }
}

/// The first place where two outputs differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Difference {
    At {
        /// How many bytes before it are the same.
        offset: u64,
        /// The number of its line, from 1.
        line: u64,
        /// The line in the reference, cut around the difference.
        reference: String,
        /// The line in the other output.
        other: String,
    },
    /// Behind what was kept of them, so it is only known that there is one.
    Later,
}

impl Difference {
    fn between(reference: &Captured, other: &Captured) -> Option<Self> {
        if (reference.length(), reference.hash()) == (other.length(), other.hash()) {
            return None;
        }
        let (a, b) = (reference.head(), other.head());
        let same = a.iter().zip(b).take_while(|(a, b)| a == b).count();
        let kept = |captured: &Captured| captured.length() == captured.head().len() as u64;
        let one_is_over = same == a.len() && kept(reference) || same == b.len() && kept(other);
        if same == a.len().min(b.len()) && !one_is_over {
            return Some(Self::Later);
        }
        let newlines = a[..same].split(|byte| *byte == b'\n').count() - 1;
        Some(Self::At {
            offset: same as u64,
            line: newlines as u64 + 1,
            reference: excerpt(a, same),
            other: excerpt(b, same),
        })
    }
}

/// The line around a place, without what is too far away to be shown.
fn excerpt(bytes: &[u8], at: usize) -> String {
    let before = &bytes[at.saturating_sub(EXCERPT)..at];
    let begin = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
    let after = &bytes[at..bytes.len().min(at + EXCERPT)];
    let end = after.iter().position(|byte| *byte == b'\n').unwrap_or(after.len());
    let (before, after) = (&before[begin..], &after[..end]);
    String::from_utf8_lossy(&[before, after].concat()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn captured(text: &[u8]) -> Captured {
        let mut captured = Captured::default();
        captured.push(text);
        captured
    }

    fn difference(a: &str, b: &str) -> Option<Difference> {
        Printed::new(&captured(b.as_bytes()), &captured(a.as_bytes())).difference
    }

    fn at(offset: u64, line: u64, reference: &str, other: &str) -> Difference {
        let (reference, other) = (reference.to_owned(), other.to_owned());
        Difference::At { offset, line, reference, other }
    }

    #[test]
    fn the_first_difference_is_found_with_its_line() {
        assert_eq!(difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(
            difference("loss\n0.1234\nend", "loss\n0.1235\nend"),
            Some(at(10, 2, "0.1234", "0.1235"))
        );
        assert_eq!(difference("", "x"), Some(at(0, 1, "", "x")));
        assert_eq!(difference("a\n", "a\nmore\n"), Some(at(2, 2, "", "more")));
        assert_eq!(difference("a\nb\n", "a\n\nb\n"), Some(at(2, 2, "b", "")));
    }

    #[test]
    fn long_lines_are_cut_around_the_difference() {
        let (a, b) = (format!("{0}1{0}", "x".repeat(500)), format!("{0}2{0}", "x".repeat(500)));
        let line = |digit: &str| format!("{}{digit}{}", "x".repeat(40), "x".repeat(39));
        assert_eq!(difference(&a, &b), Some(at(500, 1, &line("1"), &line("2"))));
    }

    #[test]
    fn a_difference_behind_what_is_kept_is_known_to_be_there() {
        let block = vec![b'x'; 5 << 20];
        let (mut a, mut b) = (captured(&block), captured(&block));
        assert_eq!(Printed::new(&b, &a).difference, None);
        a.push(b"1");
        assert_eq!(Printed::new(&b, &a).difference, Some(Difference::Later));
        b.push(b"2");
        assert_eq!(Printed::new(&b, &a).difference, Some(Difference::Later));
    }
}
