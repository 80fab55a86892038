//! The page around the data.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use crate::PresentError;
use crate::escape::markup;

const TEMPLATE: &str = include_str!("../../assets/report.html");

/// In the order of the cascade.
const STYLES: [&str; 6] = [
    include_str!("../../assets/css/tokens.css"),
    include_str!("../../assets/css/page.css"),
    include_str!("../../assets/css/findings.css"),
    include_str!("../../assets/css/timeline.css"),
    include_str!("../../assets/css/tables.css"),
    include_str!("../../assets/css/print.css"),
];

/// In the order in which each refers to those before.
const SCRIPTS: [&str; 20] = [
    include_str!("../../assets/js/elements.js"),
    include_str!("../../assets/js/numbers.js"),
    include_str!("../../assets/js/data.js"),
    include_str!("../../assets/js/pyramid.js"),
    include_str!("../../assets/js/view.js"),
    include_str!("../../assets/js/palette.js"),
    include_str!("../../assets/js/pixels.js"),
    include_str!("../../assets/js/gestures.js"),
    include_str!("../../assets/js/axis.js"),
    include_str!("../../assets/js/overview.js"),
    include_str!("../../assets/js/chart.js"),
    include_str!("../../assets/js/strips.js"),
    include_str!("../../assets/js/leases.js"),
    include_str!("../../assets/js/lanes.js"),
    include_str!("../../assets/js/details.js"),
    include_str!("../../assets/js/findings.js"),
    include_str!("../../assets/js/header.js"),
    include_str!("../../assets/js/functions.js"),
    include_str!("../../assets/js/facts.js"),
    include_str!("../../assets/js/main.js"),
];

/// The finished page. `facts` and `columns` are base64.
pub(super) fn page(title: &str, facts: &str, columns: &str) -> Result<String, PresentError> {
    let nonce = nonce(&[facts, columns]);
    let styles = STYLES.concat();
    let scripts = SCRIPTS.concat();
    let mut page = String::with_capacity(
        TEMPLATE.len() + styles.len() + scripts.len() + facts.len() + columns.len(),
    );
    // Pieces between markers alternate with the markers' names: what is put in is never searched.
    for (index, piece) in TEMPLATE.split("@@").enumerate() {
        if index.is_multiple_of(2) {
            page.push_str(piece);
            continue;
        }
        match piece {
            "title" => page.push_str(&markup(title)),
            "nonce" => page.push_str(&nonce),
            "styles" => page.push_str(&styles),
            "scripts" => page.push_str(&scripts),
            "facts" => page.push_str(facts),
            "columns" => page.push_str(columns),
            other => {
                return Err(PresentError::Encode(format!("no such part of the page: {other}")));
            }
        }
    }
    Ok(page)
}

/// A word that only this page's own blocks carry. It depends on every nanosecond of the recording,
/// so that the recorded program cannot know it; the same recording gives the same page.
fn nonce(parts: &[&str]) -> String {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    format!("{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_no_markup_and_no_marker() {
        let page = page("</title><script>alert(1)</script>@@facts@@", "FACTS", "COLUMNS").unwrap();
        assert!(page.contains("&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;@@facts@@"));
        assert_eq!(page.matches("FACTS").count(), 1);
    }

    #[test]
    fn own_files_do_not_end_their_blocks() {
        for style in STYLES {
            assert!(!style.contains("</"), "{style:.40}");
        }
        for script in SCRIPTS {
            assert!(!script.contains("</script") && !script.contains("<!--"), "{script:.40}");
        }
    }

    #[test]
    fn own_files_name_no_place_outside() {
        for text in STYLES.iter().chain(&SCRIPTS).chain([&TEMPLATE]) {
            // The name of a vocabulary, not a place.
            let text = text.replace("http://www.w3.org/2000/svg", "");
            for word in ["http:", "https:", "url(", "@import", "fetch(", "XMLHttpRequest", "eval("]
            {
                assert!(!text.contains(word), "{word} in {text:.40}");
            }
            for word in ["innerHTML", "outerHTML", "insertAdjacentHTML", "document.write"] {
                assert!(!text.contains(word), "{word} in {text:.40}");
            }
        }
    }
}
