//! docs/findings.md is what the texts in the code say.

use std::fs;
use std::path::Path;

#[test]
fn the_page_of_findings_is_up_to_date() -> Result<(), std::io::Error> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/findings.md");
    let page = fs::read_to_string(path)?;
    assert!(
        page == corewise_analyse::manual(),
        "run: cargo run -p corewise-analyse --example manual > docs/findings.md"
    );
    Ok(())
}
