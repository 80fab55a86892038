//! Times and shares as people read them.

use corewise_model::Nanos;

/// A length of time with about three figures: `12.3 s`, `4 min 05 s`, `1 h 02 min`.
pub(crate) fn length(time: Nanos) -> String {
    let s = time.as_secs_f64();
    if time == Nanos::ZERO {
        "0 s".to_owned()
    } else if s < 0.9995 {
        format!("{:.0} ms", (s * 1e3).max(1.0))
    } else if s < 9.995 {
        format!("{s:.2} s")
    } else if s < 99.95 {
        format!("{s:.1} s")
    } else {
        let whole = time.0.saturating_add(500_000_000) / 1_000_000_000;
        match whole {
            0..3600 => format!("{} min {:02} s", whole / 60, whole % 60),
            _ => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
        }
    }
}

/// Seconds for a column of a table: `0.12 s`, `12.3 s`, `1234 s`.
pub(super) fn seconds(s: f64) -> String {
    match s {
        _ if s < 0.005 && s > 0.0 => "<0.01 s".to_owned(),
        _ if s < 99.95 => format!("{s:.2} s"),
        _ if s < 999_999.5 => format!("{s:.0} s"),
        // Eleven days of CPU time and more.
        _ => format!("{s:.1e} s"),
    }
}

/// A part as a percentage that claims no more than it knows: `<1 %` is not nothing, and `>99 %` is
/// not all.
pub(crate) fn share(part: f64) -> String {
    let percent = part * 100.0;
    if percent > 0.0 && percent < 0.5 {
        "<1 %".to_owned()
    } else if (99.5..100.0).contains(&percent) {
        ">99 %".to_owned()
    } else {
        format!("{} %", percent.round())
    }
}

/// A number of things: `1 thread`, `12 threads`.
pub(crate) fn count(number: usize, thing: &str, things: &str) -> String {
    format!("{number} {}", if number == 1 { thing } else { things })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_keep_three_figures() {
        let ms = [0, 1, 12, 999, 1000, 9_994, 12_340, 99_949, 99_951, 245_000, 3_725_000];
        assert_eq!(
            ms.map(|ms| length(Nanos::from_millis(ms))),
            [
                "0 s",
                "1 ms",
                "12 ms",
                "999 ms",
                "1.00 s",
                "9.99 s",
                "12.3 s",
                "99.9 s",
                "1 min 40 s",
                "4 min 05 s",
                "1 h 02 min"
            ]
        );
    }

    #[test]
    fn a_share_is_nothing_or_all_only_where_it_is() {
        let parts = [0.0, 0.001, 0.005, 0.5, 0.994, 0.999, 1.0, 1.2];
        assert_eq!(
            parts.map(share),
            ["0 %", "<1 %", "1 %", "50 %", "99 %", ">99 %", "100 %", "120 %"]
        );
    }
}
