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

/// The version of the format that is written, and the newest that is read. Version 2 has entries
/// more than version 1, whose files are read as before.
pub const VERSION: u32 = 2;

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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scenario::Scenario;
    use crate::{Gil, Nanos, Runtime, StartMethod};

    /// A short recording with at least one entry of nearly every kind.
    fn program() -> Scenario {
        let mut s = Scenario::new(1.5, 2.2).of_machine(8);
        s.environment("OMP_NUM_THREADS", "4");
        let worker = s.process(s.root(), StartMethod::Fork, 0.3);
        s.interpreter(s.root(), &[("numpy", "2.4.6")]);
        let pool = s.pool(worker, Runtime::Libgomp, 4);
        for thread in s.pool_threads(pool, 3) {
            s.busy(thread, 0.5..2.0).run(0.5).wait(0.5).late().switches(10.0, 5.0);
            s.native(thread, 0.5..2.0, 100, 0.5);
        }
        s.stack(s.main(worker), 0.5..2.0, &["fit forest.py:10", "main train.py:3"], Gil::Holds);
        s.asleep(s.main(s.root()), 0.5..2.0, &["wait threading.py:5"]);
        s.throttled(1.0..2.0, 0.3);
        s.unseen(worker, 1.0..1.1, 0.5);
        s.bit_generator(worker, "MT19937", 77, true);
        s.notice("no samples of instruction pointers", Some("sysctl kernel.perf_event_paranoid=1"));
        s.govern(2);
        s.leases(worker, 0.5..2.0, 1, 2).regions(50.0, 100.0);
        s.leases_outside(1.0..1.5, 1, 1);
        s.end(worker, 2.1);
        s
    }

    #[test]
    fn what_was_written_is_read() {
        for per_frame in [1, 7, 100_000] {
            let read = decode(&program().bytes(per_frame)).unwrap();
            assert_eq!(read, program().recording());
            assert!(read.complete);
        }
    }

    /// Version 2 only added entries.
    #[test]
    fn files_of_version_1_are_read() {
        let mut s = Scenario::new(2.0, 1.0);
        s.busy(s.main(s.root()), 0.0..1.0);
        let mut bytes = s.bytes(10);
        bytes[MAGIC.len()..MAGIC.len() + 4].copy_from_slice(&1u32.to_le_bytes());
        assert_eq!(decode(&bytes).unwrap(), s.recording());
    }

    /// The numbers of entries are part of the format.
    #[test]
    fn entries_keep_their_numbers() {
        let session = crate::Session { at: Nanos::ZERO, budget: 1, deterministic: false };
        let first = |entry: &Entry| postcard::to_stdvec(entry).unwrap()[0];
        let end = program().entries().pop().unwrap();
        assert_eq!((first(&end), first(&Entry::Session(session))), (20, 21));
    }

    #[test]
    fn leases_are_collected() {
        let read = decode(&program().bytes(7)).unwrap();
        assert_eq!(read.sessions.len(), 1);
        let of_process: u64 =
            read.leases.iter().flat_map(|t| &t.processes).map(|p| p.withheld).sum();
        assert_eq!(of_process, 150);
        let crowded = read.leases.iter().filter(|tick| tick.outside.cores == 1).count();
        assert_eq!((crowded, read.leases[0].held().cores), (25, 2));
    }

    #[test]
    fn a_recording_without_a_tick_is_one() {
        let read = decode(&Scenario::new(2.0, 0.0).bytes(1)).unwrap();
        assert_eq!((read.ticks.len(), read.complete), (0, true));
    }

    /// Wherever a file is cut, what is read are the entries of the whole frames before the cut.
    #[test]
    fn every_cut_gives_a_prefix() {
        let per_frame = 5;
        let scenario = program();
        let bytes = scenario.bytes(per_frame);
        let entries = scenario.entries();
        let mut expected = Recording::new(scenario.header.clone());
        let mut applied = 1;
        let mut ends = Vec::new();
        let mut end = MAGIC.len() + 4;
        for frame in entries.chunks(per_frame) {
            end += encode_frame(frame).unwrap().len();
            ends.push(end);
        }
        assert_eq!(end, bytes.len());
        for cut in 0..bytes.len() {
            let whole = ends.iter().filter(|end| **end <= cut).count();
            match decode(&bytes[..cut]) {
                Err(DecodeError::Foreign) => assert!(cut < MAGIC.len()),
                Err(DecodeError::Empty) => assert!(cut >= MAGIC.len() && whole == 0),
                Err(other) => panic!("cut at {cut}: {other}"),
                Ok(read) => {
                    while applied < (whole * per_frame).min(entries.len()) {
                        expected.apply(entries[applied].clone()).unwrap();
                        applied += 1;
                    }
                    assert_eq!(read, expected, "cut at {cut}");
                    assert!(!read.complete);
                }
            }
        }
    }

    #[test]
    fn foreign_and_newer_files_are_told_apart() {
        let mut bytes = program().bytes(50);
        assert!(matches!(decode(b"PK\x03\x04, a zip"), Err(DecodeError::Foreign)));
        assert!(matches!(decode(b""), Err(DecodeError::Foreign)));
        for version in [0, VERSION + 1, u32::MAX] {
            bytes[MAGIC.len()..MAGIC.len() + 4].copy_from_slice(&version.to_le_bytes());
            let error = decode(&bytes).unwrap_err();
            assert!(matches!(error, DecodeError::Newer { found } if found == version), "{error}");
        }
    }

    #[test]
    fn a_frame_that_refers_to_nothing_is_damage() {
        let mut bytes = program().bytes(100_000);
        let stray = Entry::ProcessEnd(crate::ProcessId(99), crate::Nanos::ZERO);
        bytes.extend_from_slice(&encode_frame(&[stray]).unwrap());
        let error = decode(&bytes).unwrap_err();
        assert!(
            matches!(&error, DecodeError::Damaged(why) if why.contains("ProcessEnd")),
            "{error}"
        );
        let mut bytes = preamble();
        let headless = Entry::ProcessEnd(crate::ProcessId(0), crate::Nanos::ZERO);
        bytes.extend_from_slice(&encode_frame(&[headless]).unwrap());
        assert!(matches!(decode(&bytes), Err(DecodeError::Damaged(_))));
    }

    /// A payload with a true checksum whose content is anything: a damaged recorder, or malice.
    fn framed(payload: &[u8]) -> Vec<u8> {
        let mut packed = DeflateEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(payload).unwrap();
        let packed = packed.finish().unwrap();
        let mut bytes = preamble();
        bytes.extend_from_slice(&u32::try_from(packed.len()).unwrap().to_le_bytes());
        bytes.extend_from_slice(&crc32fast::hash(&packed).to_le_bytes());
        bytes.extend_from_slice(&packed);
        bytes
    }

    proptest! {
        #[test]
        fn flipped_bits_never_panic(at in any::<prop::sample::Index>(), bit in 0u8..8) {
            let mut bytes = program().bytes(20);
            let whole = decode(&bytes).unwrap();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            if let Ok(read) = decode(&bytes) {
                prop_assert!(!read.complete, "the damage at byte {} went unseen", at);
                prop_assert!(read.ticks.len() <= whole.ticks.len());
            }
        }

        #[test]
        fn any_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = decode(&bytes);
            let _ = decode(&framed(&bytes));
            let _ = decode(&[preamble(), bytes].concat());
        }

        #[test]
        fn flips_inside_a_payload_never_panic(at in any::<prop::sample::Index>(), bit in 0u8..8) {
            let mut payload = Vec::new();
            for entry in program().entries() {
                payload.extend(postcard::to_stdvec(&entry).unwrap());
            }
            let at = at.index(payload.len());
            payload[at] ^= 1 << bit;
            let _ = decode(&framed(&payload));
        }
    }
}
