//! The search through a process's memory.

use std::collections::BTreeMap;
use std::fs;
use std::io;

use corewise_model::Pid;

use super::libraries::{self, Code, Kind};
use super::pages::{Residency, candidates};
use super::state;
use super::{BitGenerator, Scan, State};
use crate::elf::Memory;
use crate::maps::{self, Mapping};
use crate::processes::ProbeError;
use crate::remote::Remote;

/// The most memory that one scan reads.
const LIMIT: u64 = 512 << 20;

/// How much is read at once.
const CHUNK: u64 = 1 << 20;

/// The words of a `bitgen_t`: state, then four functions.
const WORDS: usize = 5;

/// Where a `bitgen_t` may be, whose functions it has, and its words.
type Place = (u64, Code, [u64; WORDS]);

/// Finds the bit generators of a process, at most 512 MiB of its resident memory far.
///
/// An empty result is an answer: no NumPy, or no bit generator. The process may go on running: a
/// generator that is made or freed meanwhile may be missed.
pub fn scan(pid: Pid) -> Result<Scan, ProbeError> {
    let path = format!("/proc/{pid}/maps");
    let text = fs::read(&path).map_err(|error| ProbeError::reading(pid, &path, error))?;
    let mappings: Vec<Mapping> = maps::parse(&String::from_utf8_lossy(&text)).collect();
    let code = libraries::code(&mappings);
    let mut scan = Scan::default();
    if code.is_empty() {
        return Ok(scan);
    }
    let remote = Remote::new(pid);
    let residency = Residency::of(pid);
    let mut places = Vec::new();
    let mut buffer = vec![0; usize::try_from(CHUNK).unwrap_or(1 << 20)];
    for mapping in candidates(&mappings) {
        for (start, end) in residency.runs(mapping.start, mapping.end) {
            if scan.read + (end - start) > LIMIT {
                scan.left_out += end - start;
                continue;
            }
            scan.read += end - start;
            search(remote, (start, end), &mut buffer, &code, &mut places)
                .map_err(|error| ProbeError::reading(pid, &path, error))?;
        }
    }
    let mut found: BTreeMap<u64, BitGenerator> = BTreeMap::new();
    for (place, code, words) in places {
        let Some(state) = state::read(&remote, code.kind, words[0]) else { continue };
        let named = type_name(remote, place);
        let known = found.contains_key(&words[0]);
        let name = match &named {
            Some(name) => name.clone(),
            None if known => continue,
            None => default_name(code.kind).to_owned(),
        };
        let (address, function) = (words[0], words[1]);
        found.insert(address, BitGenerator { name, address, state, place, function });
    }
    scan.generators = found.into_values().collect();
    Ok(scan)
}

/// Reads a bit generator's state again; `None` where it is not there any more.
pub fn read_again(pid: Pid, generator: &BitGenerator) -> Result<Option<State>, ProbeError> {
    let remote = Remote::new(pid);
    let mut words = [0; 16];
    match remote.fill(generator.place, &mut words) {
        Ok(()) => {}
        // EFAULT: the memory was given back.
        Err(error) if error.raw_os_error() == Some(libc::EFAULT) => return Ok(None),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(ProbeError::reading(pid, "the memory of the process", error)),
    }
    let expected = [generator.address.to_le_bytes(), generator.function.to_le_bytes()].concat();
    if words[..] != expected[..] {
        return Ok(None);
    }
    let kind = match generator.state {
        State::Mt19937 { .. } => Kind::Mt19937,
        State::Pcg64 { .. } => Kind::Pcg64,
        State::Philox { .. } => Kind::Philox,
        State::Sfc64 { .. } => Kind::Sfc64,
    };
    Ok(state::read(&remote, kind, generator.address))
}

/// Reads from `start` to `end` in chunks, each beginning with what the last may have cut.
fn search(
    remote: Remote,
    (start, end): (u64, u64),
    buffer: &mut [u8],
    code: &[Code],
    places: &mut Vec<Place>,
) -> io::Result<()> {
    let overlap = 8 * (WORDS as u64 - 1);
    let mut at = start;
    while at < end {
        let wanted = usize::try_from(CHUNK.min(end - at)).unwrap_or(buffer.len());
        let read = match remote.read(at, &mut buffer[..wanted]) {
            Ok(read) => read,
            // Given back meanwhile.
            Err(error) if error.raw_os_error() == Some(libc::EFAULT) => return Ok(()),
            Err(error) => return Err(error),
        };
        for (offset, code, words) in bitgens(&buffer[..read], code) {
            places.push((at + offset, code, words));
        }
        let read = read as u64;
        if at + read >= end || read <= overlap {
            break;
        }
        at += read - overlap;
    }
    Ok(())
}

/// Four consecutive pointers into one module's code after a pointer elsewhere, with their offset.
fn bitgens(bytes: &[u8], code: &[Code]) -> Vec<Place> {
    let low = code.iter().map(|code| code.start).min().unwrap_or(0);
    let span = code.iter().map(|code| code.end).max().unwrap_or(0) - low;
    let words: &[[u8; 8]] = bytes.as_chunks().0;
    let mut found = Vec::new();
    let mut streak = 0;
    for (index, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        // Objects may lie between the modules, so that their addresses pass the first, cheap test.
        if word.wrapping_sub(low) >= span || !code.iter().any(|code| code.contains(word)) {
            streak = 0;
            continue;
        }
        streak += 1;
        if streak != WORDS - 1 || index < WORDS - 1 {
            continue;
        }
        let first = index + 1 - WORDS;
        let mut place = [0; WORDS];
        place
            .iter_mut()
            .zip(&words[first..])
            .for_each(|(to, from)| *to = u64::from_le_bytes(*from));
        if place[0] == 0 || place[0] % 8 != 0 {
            continue;
        }
        let one = |code: &&Code| place[1..].iter().all(|word| code.contains(*word));
        if let Some(code) = code.iter().find(one) {
            found.push((8 * first as u64, *code, place));
        }
    }
    found
}

/// The name of the type of the object that holds a `bitgen_t`, if that is one of NumPy's bit
/// generators. The object's head ends with the type's address; a seed sequence and a lock follow
/// (`BitGenerator` in `numpy/random/bit_generator.pxd`). The type's name follows its own head and
/// size: at 24 bytes, or at 40 in a free-threaded CPython.
fn type_name(remote: Remote, place: u64) -> Option<String> {
    let object_type = remote.u64(place.checked_sub(24)?).ok()?;
    [24, 40].iter().find_map(|offset| {
        let name = remote.u64(object_type.checked_add(*offset)?).ok()?;
        let name = remote.string(name, 64)?;
        let name = name.strip_prefix("numpy.random._")?.split_once('.')?.1;
        ["MT19937", "PCG64", "PCG64DXSM", "Philox", "SFC64"]
            .contains(&name)
            .then(|| name.to_owned())
    })
}

fn default_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Mt19937 => "MT19937",
        Kind::Pcg64 => "PCG64",
        Kind::Philox => "Philox",
        Kind::Sfc64 => "SFC64",
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CODE: Code = Code { kind: Kind::Pcg64, start: 0x7000, end: 0x8000 };

    fn bytes(words: &[u64]) -> Vec<u8> {
        words.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    #[test]
    fn a_state_and_four_functions_are_a_match() {
        let found = |words: &[u64]| bitgens(&bytes(words), &[CODE]);
        let places = found(&[1, 0x100, 0x7000, 0x7008, 0x7010, 0x7fff, 5]);
        assert_eq!(places, [(8, CODE, [0x100, 0x7000, 0x7008, 0x7010, 0x7fff])]);
        let far = Code { kind: Kind::Sfc64, start: 0x9_0000, end: 0x9_1000 };
        let between = bytes(&[0x1_0000, 0x1_0008, 0x1_0010, 0x7000, 0x7008, 0x7010, 0x7018]);
        assert_eq!(bitgens(&between, &[far, CODE]).len(), 1, "objects between the modules");
        assert!(found(&[1, 0x100, 0x7000, 0x7008, 0x7010, 0x8000]).is_empty(), "three functions");
        assert!(found(&[1, 0, 0x7000, 0x7008, 0x7010, 0x7018]).is_empty(), "no state");
        assert!(found(&[0x7000, 0x7008, 0x7010, 0x7018]).is_empty(), "nothing before");
        let long = found(&[0x100, 0x7000, 0x7008, 0x7010, 0x7018, 0x7020]);
        assert_eq!(long.len(), 1, "a longer row begins with a match");
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(words in prop::collection::vec(0x6ff0u64..0x8010, 0..40), cut in 0usize..9) {
            let bytes = bytes(&words);
            let bytes = &bytes[..bytes.len().saturating_sub(cut)];
            for (offset, _, place) in bitgens(bytes, &[CODE]) {
                prop_assert!(place[1..].iter().all(|word| CODE.contains(*word)));
                prop_assert!(usize::try_from(offset).unwrap() + 40 <= bytes.len());
            }
        }
    }
}
