//! How a text is to look.

/// How a text is to look. The default is 80 columns with Unicode and colours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextOptions {
    /// Columns of the terminal; below 60 counts as 60.
    pub columns: usize,
    /// Whether the terminal shows Unicode; else the text is ASCII.
    pub unicode: bool,
    /// Whether the text has colours. They never carry a meaning of their own.
    pub colour: bool,
    /// Everything instead of the most important: all findings, evidence, fixes, processes, pools.
    pub all: bool,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self { columns: 80, unicode: true, colour: true, all: false }
    }
}
