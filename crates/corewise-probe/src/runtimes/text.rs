//! Text in the read-only data of a loaded file.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::elf::Memory;
use crate::processes::Module;
use crate::remote::Remote;

/// The most data of one file that is searched.
const MOST: u64 = 64 << 20;

/// How much is read at a time.
const CHUNK: u64 = 1 << 20;

/// How much of what follows is given.
const MORE: usize = 64;

/// Found texts by file and what was looked for: a search takes milliseconds, and each worker of a
/// process pool has the same files. A file is known by its path, device and inode.
type Found = HashMap<(String, String, u64, &'static str), Option<String>>;
static FOUND: Mutex<Option<Found>> = Mutex::new(None);

/// What follows the first occurrence of `text` in a module's data (not its code), up to the next
/// byte that is not of a version number. A text that ends in a space or a hyphen must be followed
/// by a digit.
pub(crate) fn follows(module: &Module, remote: Remote, text: &'static str) -> Option<String> {
    once(module, text, || find(module, remote, text, |bytes| first(bytes, text.as_bytes())))
}

/// The string in a module's data that is `prefix`, a dot and digits, and nothing else: `3.10.13`.
pub(crate) fn string_of(module: &Module, remote: Remote, prefix: &'static str) -> Option<String> {
    once(module, prefix, || {
        find(module, remote, prefix, |bytes| whole_string(bytes, prefix.as_bytes()))
    })
}

/// What was found before for this file and text, or else is found now.
fn once(
    module: &Module,
    text: &'static str,
    search: impl FnOnce() -> Option<String>,
) -> Option<String> {
    let (device, inode) = module.file.clone();
    let key = (module.path.clone(), device, inode, text);
    let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    found.get_or_insert_with(HashMap::new).entry(key).or_insert_with(search).clone()
}

/// What `look` finds in a module's data, given in parts that overlap by a text and what follows it.
fn find(
    module: &Module,
    remote: Remote,
    text: &str,
    look: impl Fn(&[u8]) -> Option<String>,
) -> Option<String> {
    let mut left = MOST;
    for segment in &module.segments {
        // Old linkers put headers, read-only data and code into one segment, the first.
        let is_code = module.executable.iter().any(|range| range.start == segment.start);
        if is_code && module.segments.first() != Some(segment) {
            continue;
        }
        let mut at = segment.start;
        while at < segment.end && left > 0 {
            let overlap = (text.len() + MORE) as u64;
            let mut bytes = vec![0; usize::try_from((segment.end - at).min(CHUNK + overlap)).ok()?];
            // The end of a mapping may lie beyond the file's end: nothing can be read there.
            if remote.fill(at, &mut bytes).is_err() {
                break;
            }
            if let Some(found) = look(&bytes) {
                return Some(found);
            }
            at += CHUNK;
            left = left.saturating_sub(CHUNK);
        }
    }
    None
}

/// A linker lets the string be the tail of a longer one that ends so, as the path of an
/// installation does.
fn whole_string(bytes: &[u8], prefix: &[u8]) -> Option<String> {
    let start = [prefix, b"."].concat();
    let [initial, rest @ ..] = start.as_slice() else { return None };
    let mut from = 0;
    while let Some(step) = bytes[from..].iter().position(|byte| byte == initial) {
        let at = from + step;
        from = at + 1;
        let begins = at.checked_sub(1).is_some_and(|before| matches!(bytes[before], 0 | b'/'));
        let Some(after) = bytes[from..].strip_prefix(rest).filter(|_| begins) else { continue };
        let digits = after.iter().take_while(|byte| is_of_version(**byte)).count();
        let ends = after.get(digits) == Some(&0);
        if ends && after.first().is_some_and(u8::is_ascii_digit) {
            let version = &bytes[at..from + rest.len() + digits];
            return String::from_utf8(version.to_vec()).ok();
        }
    }
    None
}

fn first(bytes: &[u8], text: &[u8]) -> Option<String> {
    let (initial, rest) = text.split_first()?;
    let mut from = 0;
    while let Some(step) = bytes[from..].iter().position(|byte| byte == initial) {
        from += step + 1;
        if let Some(after) = bytes[from..].strip_prefix(rest) {
            let word = after.iter().take(MORE).take_while(|byte| is_of_version(**byte));
            let word: String = word.map(|byte| char::from(*byte)).collect();
            let is_whole = !matches!(text.last(), Some(b' ' | b'-'));
            if is_whole || word.starts_with(|c: char| c.is_ascii_digit()) {
                return Some(word);
            }
        }
    }
    None
}

fn is_of_version(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".+-_".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_found_behind_other_uses_of_the_name() {
        let data = b"OpenBLAS Warning : x\0OpenBLAS 0.3.31.188.0  USE64BITINT\0";
        assert_eq!(first(data, b"OpenBLAS ").as_deref(), Some("0.3.31.188.0"));
        assert_eq!(first(b"OpenBLAS : no", b"OpenBLAS "), None);
        assert_eq!(first(b"xBLIS_NUM_THREADS\0", b"BLIS_NUM_THREADS").as_deref(), Some(""));
        let sources = b"rayon-core-x /crates/rayon-core-1.13.0/src/job.rs";
        assert_eq!(first(sources, b"rayon-core-").as_deref(), Some("1.13.0"));
        assert_eq!(first(b"", b"a"), None);
        let data = b"since 3.10.1\x003.10\x003.10.x\x003.10.13\x003.10.14\0";
        assert_eq!(whole_string(data, b"3.10").as_deref(), Some("3.10.13"));
        assert_eq!(whole_string(b"\x003.10.1", b"3.10"), None);
        assert_eq!(whole_string(b"x/3.9.18\0", b"3.9").as_deref(), Some("3.9.18"));
    }
}
