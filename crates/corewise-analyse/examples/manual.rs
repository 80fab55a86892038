//! Prints `docs/findings.md`.

use std::io::{self, Write};

fn main() -> io::Result<()> {
    io::stdout().write_all(corewise_analyse::manual().as_bytes())
}
