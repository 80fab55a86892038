//! Columns of numbers in one compressed block that the page opens as typed arrays.

use std::collections::BTreeMap;
use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::write::DeflateEncoder;
use serde::Serialize;

use crate::PresentError;

/// The number format of a column, little endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Format {
    U8,
    U16,
    U32,
}

/// Where a column lies in the block and what its numbers mean.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Place {
    pub(super) format: Format,
    /// In bytes, a multiple of 4.
    pub(super) offset: usize,
    /// In numbers.
    pub(super) length: usize,
    /// A number times this is the value.
    pub(super) scale: f64,
}

/// The block as it grows.
#[derive(Debug, Default)]
pub(super) struct Columns {
    bytes: Vec<u8>,
    pub(super) places: BTreeMap<String, Place>,
}

impl Columns {
    pub(super) fn u8(&mut self, name: &str, values: &[u8]) {
        self.place(name, Format::U8, values.len(), 1.0);
        self.bytes.extend_from_slice(values);
    }

    pub(super) fn u32(&mut self, name: &str, values: &[u32]) {
        self.scaled(name, values, 1.0);
    }

    pub(super) fn scaled(&mut self, name: &str, values: &[u32], scale: f64) {
        self.place(name, Format::U32, values.len(), scale);
        self.bytes.extend(values.iter().flat_map(|v| v.to_le_bytes()));
    }

    /// Levels in steps of `finest`, or of as much more as the greatest needs to fit into 16 bits.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "saturates")]
    pub(super) fn levels(&mut self, name: &str, values: &[f32], finest: f64) {
        let most = values.iter().copied().fold(0.0_f32, f32::max);
        let scale = finest.max(f64::from(most) / 65_535.0);
        self.place(name, Format::U16, values.len(), scale);
        let step = |v: &f32| (f64::from(*v) / scale).round() as u16;
        self.bytes.extend(values.iter().flat_map(|v| step(v).to_le_bytes()));
    }

    fn place(&mut self, name: &str, format: Format, length: usize, scale: f64) {
        self.bytes.resize(self.bytes.len().next_multiple_of(4), 0);
        let offset = self.bytes.len();
        self.places.insert(name.to_owned(), Place { format, offset, length, scale });
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// How many bytes remain of these after compression.
pub(super) fn compressed(bytes: &[u8]) -> Result<Vec<u8>, PresentError> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes)?;
    Ok(encoder.finish()?)
}

/// As text that can stand in a page: raw DEFLATE in base64.
pub(super) fn text(bytes: &[u8]) -> Result<String, PresentError> {
    Ok(STANDARD.encode(compressed(bytes)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_described() {
        let mut columns = Columns::default();
        columns.u8("a", &[1, 2, 3]);
        columns.u32("b", &[0x0102_0304]);
        assert_eq!(columns.places["b"].offset, 4);
        assert_eq!(columns.bytes(), [1, 2, 3, 0, 4, 3, 2, 1]);
    }

    #[test]
    fn levels_keep_their_greatest_value() {
        let mut columns = Columns::default();
        columns.levels("small", &[0.0, 0.5, 1.0], 1.0 / 32.0);
        columns.levels("large", &[0.0, 10_000.0], 1.0 / 32.0);
        let value = |name: &str, index: usize| {
            let place = columns.places[name];
            let at = place.offset + index * 2;
            f64::from(u16::from_le_bytes([columns.bytes[at], columns.bytes[at + 1]])) * place.scale
        };
        assert!((value("small", 1) - 0.5).abs() < 1e-9 && (value("small", 2) - 1.0).abs() < 1e-9);
        assert!((value("large", 1) - 10_000.0).abs() < 0.01);
    }
}
