//! Lines of `/proc/PID/maps`.

/// One mapping of a process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    /// The first address.
    pub start: u64,
    /// The address after the last.
    pub end: u64,
    /// Whether it can be executed.
    pub executable: bool,
    /// Whether it can be written.
    pub writable: bool,
    /// Where in the file it begins, in bytes.
    pub offset: u64,
    /// The device, as `major:minor` in hexadecimal.
    pub device: String,
    /// The file's inode; 0 where there is no file.
    pub inode: u64,
    /// The file's path in the mount namespace of the process, without the kernel's ` (deleted)`.
    /// Empty, or a name in brackets, where there is no file.
    pub path: String,
    /// Whether the file has no name any more.
    pub deleted: bool,
}

/// The mappings that the text of `/proc/PID/maps` lists, in ascending order of addresses. Lines
/// that are not understood are left out.
pub fn parse(text: &str) -> impl Iterator<Item = Mapping> {
    text.lines().filter_map(line)
}

fn line(line: &str) -> Option<Mapping> {
    let (range, rest) = line.split_once(' ')?;
    let (permissions, rest) = rest.split_once(' ')?;
    let (offset, rest) = rest.split_once(' ')?;
    let (device, rest) = rest.split_once(' ')?;
    let (inode, path) = rest.split_once(' ').unwrap_or((rest, ""));
    let (start, end) = range.split_once('-')?;
    let address = |text| u64::from_str_radix(text, 16).ok();
    let (start, end) = (address(start)?, address(end)?);
    let path = unescape(path.trim_start_matches(' '));
    let inode = inode.parse().ok()?;
    let (path, deleted) = match path.strip_suffix(" (deleted)") {
        Some(path) if inode != 0 => (path.to_owned(), true),
        _ => (path, false),
    };
    (start < end).then_some(Mapping {
        start,
        end,
        executable: permissions.as_bytes().get(2) == Some(&b'x'),
        writable: permissions.as_bytes().get(1) == Some(&b'w'),
        offset: address(offset)?,
        device: device.to_owned(),
        inode,
        path,
        deleted,
    })
}

/// The kernel writes a newline in a path as `\012` (`seq_path`), and nothing else so.
fn unescape(path: &str) -> String {
    path.replace("\\012", "\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "\
55d0c0400000-55d0c0401000 r--p 00000000 08:01 131 /usr/bin/a b\n\
7f0000000000-7f0000001000 r-xp 00002000 08:01 132                        /tmp/x.so (deleted)\n\
7f0000002000-7f0000003000 rw-p 00000000 00:00 0 \n\
7f0000004000-7f0000005000 r--p 00000000 08:01 133 /tmp/new\\012line.so\n\
7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0                          [stack]\n\
nonsense\n";

    #[test]
    fn each_kind_of_line_is_understood() {
        let maps: Vec<Mapping> = parse(TEXT).collect();
        let paths: Vec<&str> = maps.iter().map(|m| m.path.as_str()).collect();
        assert_eq!(paths, ["/usr/bin/a b", "/tmp/x.so", "", "/tmp/new\nline.so", "[stack]"]);
        assert_eq!(
            maps[1],
            Mapping {
                start: 0x7f00_0000_0000,
                end: 0x7f00_0000_1000,
                executable: true,
                writable: false,
                offset: 0x2000,
                device: "08:01".to_owned(),
                inode: 132,
                path: "/tmp/x.so".to_owned(),
                deleted: true,
            }
        );
        assert!(maps[2].writable && !maps[2].executable && !maps[0].deleted);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC*") {
            prop_assert!(parse(&text).all(|m| m.start < m.end));
        }
    }
}
