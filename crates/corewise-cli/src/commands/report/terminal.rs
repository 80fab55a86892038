//! What the terminal can show.

use std::env;

use corewise_present::TextOptions;

/// A report is read, not filled into a wide terminal.
const WIDEST: u16 = 100;
/// The width where there is no terminal.
const COLUMNS: u16 = 80;

/// For a text on standard output.
pub(crate) fn for_stdout(all: bool) -> TextOptions {
    options(terminal_size::terminal_size_of(std::io::stdout()), all)
}

/// For a text on standard error.
pub(crate) fn for_stderr(all: bool) -> TextOptions {
    options(terminal_size::terminal_size_of(std::io::stderr()), all)
}

/// Colours are always asked for: [`Output`](crate::Output) takes them out where they do not belong.
fn options(size: Option<(terminal_size::Width, terminal_size::Height)>, all: bool) -> TextOptions {
    let columns = size.map_or(COLUMNS, |(width, _)| width.0.min(WIDEST));
    let unicode = shows_unicode(|name| env::var(name).ok());
    TextOptions { columns: usize::from(columns), unicode, colour: true, all }
}

/// By POSIX's order of locale variables. Where none is set, as in most containers, the terminal at
/// the other end is taken for one that shows UTF-8.
fn shows_unicode(variable: impl Fn(&str) -> Option<String>) -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| variable(name).filter(|value| !value.is_empty()));
    locale.is_none_or(|locale| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_locale_variable_that_is_set_decides() {
        let of = |values: &[(&str, &str)]| {
            shows_unicode(|name| {
                values.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned())
            })
        };
        assert!(of(&[]));
        assert!(of(&[("LANG", "C.UTF-8")]));
        assert!(of(&[("LC_ALL", ""), ("LC_CTYPE", "de_DE.utf8"), ("LANG", "C")]));
        assert!(!of(&[("LC_ALL", "C"), ("LANG", "C.UTF-8")]));
        assert!(!of(&[("LANG", "de_DE.ISO-8859-1")]));
    }
}
