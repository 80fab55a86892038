//! The recording format: bytes from entries, entries from bytes.
//!
//! A file is the magic line, the format's version (`u32`, little endian), then frames. A frame is
//! the length of its payload (`u32`), the CRC-32 of the payload (`u32`) and the payload: raw
//! DEFLATE over the concatenated postcard encodings of entries. A frame is written at once, about
//! one a second, so a killed recorder loses at most the frame it was filling, and a reader stops
//! in front of the first frame that is short or damaged.

use std::io::{Read, Write};

use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use thiserror::Error;

use crate::{Entry, Recording};

/// The first bytes of every recording.
pub const MAGIC: &[u8; 19] = b"corewise recording\n";

/// The version of the format that is written, and the newest that is read.
pub const VERSION: u32 = 1;

/// A frame that claims more than this is damaged: a recorder writes a frame a second.
const MAX_PAYLOAD: u32 = 256 << 20;

/// A payload that unpacks to more than this is not ours.
const MAX_UNPACKED: u64 = 1 << 30;

/// Why bytes are no recording.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The magic line is missing.
    #[error("this is no corewise recording")]
    Foreign,
    /// Written by a newer corewise.
    #[error("the recording has format version {found}, this corewise reads up to {VERSION}")]
    Newer {
        /// The version in the file.
        found: u32,
    },
    /// There is not even a first whole frame with a header.
    #[error("the recording ends before its first second")]
    Empty,
    /// A whole frame holds what no recorder writes.
    #[error("the recording is damaged: {0}")]
    Damaged(String),
}

/// The bytes that a file begins with.
#[must_use]
pub fn preamble() -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&VERSION.to_le_bytes());
    bytes
}

/// One frame with these entries.
///
/// # Errors
///
/// A sentence, where an entry cannot be encoded; none of today's can fail.
pub fn encode_frame(entries: &[Entry]) -> Result<Vec<u8>, String> {
    let mut payload = DeflateEncoder::new(Vec::new(), Compression::fast());
    for entry in entries {
        let bytes = postcard::to_stdvec(entry).map_err(|error| error.to_string())?;
        payload.write_all(&bytes).map_err(|error| error.to_string())?;
    }
    let payload = payload.finish().map_err(|error| error.to_string())?;
    let length = u32::try_from(payload.len()).map_err(|error| error.to_string())?;
    let mut frame = Vec::with_capacity(payload.len() + 8);
    frame.extend_from_slice(&length.to_le_bytes());
    frame.extend_from_slice(&crc32fast::hash(&payload).to_le_bytes());
    frame.extend_from_slice(&payload);
    Ok(frame)
}

/// The recording in these bytes, up to the last whole frame.
///
/// A cut file gives what was recorded before the cut, with `complete == false`.
pub fn decode(bytes: &[u8]) -> Result<Recording, DecodeError> {
    let rest = bytes.strip_prefix(MAGIC).ok_or(DecodeError::Foreign)?;
    let (version, mut rest) = split_u32(rest).ok_or(DecodeError::Empty)?;
    if version == 0 || version > VERSION {
        return Err(DecodeError::Newer { found: version });
    }
    let mut recording: Option<Recording> = None;
    while let Some((payload, after)) = split_frame(rest) {
        rest = after;
        let mut unpacked = Vec::new();
        DeflateDecoder::new(payload)
            .take(MAX_UNPACKED)
            .read_to_end(&mut unpacked)
            .map_err(|error| DecodeError::Damaged(error.to_string()))?;
        let mut left = unpacked.as_slice();
        while !left.is_empty() {
            let (entry, after) = postcard::take_from_bytes::<Entry>(left)
                .map_err(|error| DecodeError::Damaged(error.to_string()))?;
            left = after;
            match (&mut recording, entry) {
                (None, Entry::Header(header)) => recording = Some(Recording::new(*header)),
                (None, _) => return Err(DecodeError::Damaged("it has no header".to_owned())),
                (Some(recording), entry) => {
                    recording.apply(entry).map_err(DecodeError::Damaged)?;
                }
            }
        }
    }
    recording.ok_or(DecodeError::Empty)
}

fn split_u32(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (number, rest) = bytes.split_first_chunk::<4>()?;
    Some((u32::from_le_bytes(*number), rest))
}

/// The next whole and undamaged frame's payload, and what follows it.
fn split_frame(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = split_u32(bytes)?;
    let (crc, rest) = split_u32(rest)?;
    if length > MAX_PAYLOAD {
        return None;
    }
    let (payload, rest) = rest.split_at_checked(length as usize)?;
    (crc32fast::hash(payload) == crc).then_some((payload, rest))
}
