//! Which pools the governor reaches, and what sizes those that it does not.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::Runtime;

/// Whether the governor reaches a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// Each of its parallel regions gets a share of the budget when it starts.
    EachRegion,
    /// Its size only, when the program starts, by the variable that [`Runtime::variable`] names.
    AtStart,
    /// Nothing of it.
    #[default]
    No,
    /// There is nothing to govern: it has no threads.
    NoThreads,
}

impl fmt::Display for Reach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::EachRegion => "yes",
            Self::AtStart => "by its size at start only",
            Self::No => "no",
            Self::NoThreads => "no, it has no threads",
        })
    }
}

impl Reach {
    /// Of a pool in a process of this machine (`x86_64` …), seen without what else may keep the
    /// governor out: a musl instead of glibc, an interpreter that has no corewise.
    #[must_use]
    pub fn of(runtime: Runtime, layer: Option<&str>, machine: &str) -> Self {
        match runtime.reach(layer) {
            Self::EachRegion if machine != "x86_64" => runtime.reach_at_start(),
            reach => reach,
        }
    }
}

impl Runtime {
    /// Whether the governor reaches pools of this runtime and threading layer, on x86-64 with glibc.
    ///
    /// The one table of it: `corewise pools`, finding CW106 and a test of `docs/governor.md` go by
    /// it. The hooks are in `corewise-governor/src/runtimes`.
    #[must_use]
    pub fn reach(self, layer: Option<&str>) -> Reach {
        match (self, layer) {
            (_, Some("none")) | (Self::Atlas | Self::NetlibBlas, _) => Reach::NoThreads,
            // Its number for a thread means nothing to TBB.
            (Self::Mkl, Some("tbb")) => Reach::No,
            (
                Self::OpenBlas
                | Self::Mkl
                | Self::Libgomp
                | Self::Libomp
                | Self::Libiomp5
                | Self::NumbaOmp
                | Self::NumbaTbb
                | Self::NumbaWorkqueue,
                _,
            ) => Reach::EachRegion,
            (
                Self::Blis
                | Self::FlexiBlas
                | Self::Accelerate
                | Self::Tbb
                | Self::Rayon
                | Self::NumExpr
                | Self::Blosc2
                | Self::Torch
                | Self::Arrow
                | Self::Polars,
                _,
            ) => self.reach_at_start(),
        }
    }

    /// What is left where no hook is possible.
    #[must_use]
    pub fn reach_at_start(self) -> Reach {
        if self.variable().is_some() { Reach::AtStart } else { Reach::No }
    }

    /// The environment variable that sizes its pools when a program starts; `None` where it has
    /// none.
    #[must_use]
    pub fn variable(self) -> Option<&'static str> {
        Some(match self {
            Self::OpenBlas => "OPENBLAS_NUM_THREADS",
            Self::Mkl => "MKL_NUM_THREADS",
            Self::Blis => "BLIS_NUM_THREADS",
            Self::Accelerate => "VECLIB_MAXIMUM_THREADS",
            Self::Libgomp
            | Self::Libomp
            | Self::Libiomp5
            | Self::FlexiBlas
            | Self::Torch
            | Self::Arrow => "OMP_NUM_THREADS",
            Self::NumbaOmp | Self::NumbaTbb | Self::NumbaWorkqueue => "NUMBA_NUM_THREADS",
            Self::Rayon => "RAYON_NUM_THREADS",
            Self::Polars => "POLARS_MAX_THREADS",
            Self::NumExpr => "NUMEXPR_NUM_THREADS",
            Self::Blosc2 => "BLOSC_NTHREADS",
            Self::Tbb | Self::Atlas | Self::NetlibBlas => return None,
        })
    }
}

/// A pool's reach in text formats. Recordings leave it out, for it follows from the rest: so
/// [`crate::Recording::apply`] fills it in.
pub(crate) mod in_text {
    use super::{Deserialize, Deserializer, Reach, Serialize, Serializer};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
    pub(crate) fn serialize<S: Serializer>(reach: &Reach, to: S) -> Result<S::Ok, S::Error> {
        if to.is_human_readable() { reach.serialize(to) } else { ().serialize(to) }
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Reach, D::Error> {
        if from.is_human_readable() {
            Reach::deserialize(from)
        } else {
            <()>::deserialize(from).map(|()| Reach::default())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Runtime; 20] = [
        Runtime::OpenBlas,
        Runtime::Mkl,
        Runtime::Blis,
        Runtime::FlexiBlas,
        Runtime::Accelerate,
        Runtime::Atlas,
        Runtime::NetlibBlas,
        Runtime::Libgomp,
        Runtime::Libomp,
        Runtime::Libiomp5,
        Runtime::Tbb,
        Runtime::NumbaOmp,
        Runtime::NumbaTbb,
        Runtime::NumbaWorkqueue,
        Runtime::Rayon,
        Runtime::NumExpr,
        Runtime::Blosc2,
        Runtime::Torch,
        Runtime::Arrow,
        Runtime::Polars,
    ];

    #[test]
    fn hooks_are_for_x86_64_only() {
        let of = |runtime, machine| Reach::of(runtime, None, machine);
        assert_eq!(of(Runtime::Libgomp, "x86_64"), Reach::EachRegion);
        assert_eq!(of(Runtime::Libgomp, "aarch64"), Reach::AtStart);
        assert_eq!(of(Runtime::Tbb, "x86_64"), Reach::No);
        assert_eq!(of(Runtime::NetlibBlas, "aarch64"), Reach::NoThreads);
    }

    /// A line for each runtime in the documentation says the same.
    #[test]
    fn the_documentation_has_the_table() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/pools.md");
        let page = std::fs::read_to_string(path).unwrap();
        let (_, part) = page.split_once("(pools-governed)=").unwrap();
        let (part, _) = part.split_once("(pools-threads)=").unwrap();
        let mut lines = 0;
        for line in part.lines().filter(|line| line.starts_with("| ")) {
            let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
            let Some(runtime) = ALL.iter().find(|runtime| runtime.to_string() == cells[0]) else {
                continue;
            };
            let reach = cells[1].split(';').next().unwrap();
            assert_eq!(reach, runtime.reach(None).to_string(), "{line}");
            let variable = cells[2].trim_matches('`');
            assert_eq!(variable, runtime.variable().unwrap_or_default(), "{line}");
            lines += 1;
        }
        assert_eq!(lines, ALL.len());
    }

    #[test]
    fn the_layer_decides_where_one_is_out_of_reach() {
        assert_eq!(Runtime::Mkl.reach(Some("tbb")), Reach::No);
        assert_eq!(Runtime::Mkl.reach(Some("intel")), Reach::EachRegion);
        assert_eq!(Runtime::OpenBlas.reach(Some("none")), Reach::NoThreads);
    }
}
