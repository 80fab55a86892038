//! NumPy's extension modules that hold the functions of bit generators.

use std::path::Path;

use crate::maps::Mapping;

/// The kinds of state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Mt19937,
    Pcg64,
    Philox,
    Sfc64,
}

/// The code of one module in a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) kind: Kind,
    pub(super) start: u64,
    pub(super) end: u64,
}

impl Code {
    pub(super) fn contains(&self, address: u64) -> bool {
        (self.start..self.end).contains(&address)
    }
}

/// The code of NumPy's bit generators among the mappings.
pub(super) fn code(mappings: &[Mapping]) -> Vec<Code> {
    let executable = mappings.iter().filter(|mapping| mapping.executable);
    executable
        .filter_map(|mapping| {
            let path = Path::new(&mapping.path);
            let file = path.file_name()?.to_str()?;
            let kind = match file.split('.').next()? {
                "_mt19937" => Kind::Mt19937,
                "_pcg64" => Kind::Pcg64,
                "_philox" => Kind::Philox,
                "_sfc64" => Kind::Sfc64,
                _ => return None,
            };
            path.parent()?.ends_with("numpy/random").then_some(Code {
                kind,
                start: mapping.start,
                end: mapping.end,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_code_of_numpys_own_modules_counts() {
        let mappings: Vec<Mapping> = crate::maps::parse(
            "1000-2000 r--p 0 08:01 1 /v/numpy/random/_pcg64.cpython-312-x86_64-linux-gnu.so\n\
             2000-3000 r-xp 0 08:01 1 /v/numpy/random/_pcg64.cpython-312-x86_64-linux-gnu.so\n\
             3000-4000 r-xp 0 08:01 1 /v/randomgen/_pcg64.so\n\
             4000-5000 r-xp 0 08:01 1 /v/numpy/random/_generator.so\n\
             5000-6000 r-xp 0 08:01 1 /v/numpy/random/_mt19937.so\n",
        )
        .collect();
        let found = code(&mappings);
        assert_eq!(
            found.iter().map(|code| code.kind).collect::<Vec<_>>(),
            [Kind::Pcg64, Kind::Mt19937]
        );
        assert!(found[0].contains(0x2fff) && !found[0].contains(0x3000));
    }
}
