//! OpenBLAS, as built by distributions, NumPy's and SciPy's wheels, conda and `OpenCV`.

use corewise_model::{Runtime, Scope};

use super::{Entry, Files, Layer, Question, Shape, Source};

/// The build's symbols have a prefix (`scipy_`) or a suffix (`64_`, `_64`: 64-bit integers) or both.
const GET: &[&str] = &[
    "openblas_get_num_threads",
    "scipy_openblas_get_num_threads64_",
    "scipy_openblas_get_num_threads",
    "openblas_get_num_threads64_",
    "openblas_get_num_threads_64",
];

pub(super) static OPENBLAS: Entry = Entry {
    runtime: Runtime::OpenBlas,
    files: &[Files::Prefix("libopenblas"), Files::Prefix("libscipy_openblas")],
    marks: GET,
    internals: &["blas_", "gotoblas"],
    one_pool: false,
    version: Question {
        sources: &[Source::WordAfter("OpenBLAS ")],
        unknown: "its read-only data has no version",
    },
    // An OpenMP build runs on the threads of the OpenMP runtime that it needs. A single-threaded
    // build has no `blas_thread_init` (driver/others/blas_server*.c is left out).
    layer: Layer::Needs(
        &[("libgomp", "openmp"), ("libomp", "openmp"), ("libiomp5", "openmp")],
        "pthreads",
        "blas_thread_init",
    ),
    architecture: Some(Question {
        sources: &[
            Source::Choice("gotoblas", "gotoblas_", CORES),
            Source::Call(
                &[
                    "openblas_get_corename",
                    "scipy_openblas_get_corename64_",
                    "scipy_openblas_get_corename",
                    "openblas_get_corename64_",
                    "openblas_get_corename_64",
                ],
                Shape::Text,
            ),
        ],
        unknown: "built for one processor, or its table of kernels is not exported",
    }),
    // `blas_cpu_number` is what the next call uses, `blas_num_threads` how many threads are there
    // with the caller (driver/others/blas_server.c). Neither is dressed.
    size: Question {
        sources: &[Source::Number("blas_cpu_number"), Source::Call(GET, Shape::Int)],
        unknown: "it does not export blas_cpu_number",
    },
    maximum: Question {
        sources: &[Source::Number("blas_num_threads")],
        unknown: "it does not export blas_num_threads",
    },
    scope: Scope::Process,
    setters: &[
        "openblas_set_num_threads",
        "scipy_openblas_set_num_threads64_",
        "scipy_openblas_set_num_threads",
        "openblas_set_num_threads64_",
        "openblas_set_num_threads_64",
    ],
};

/// The kernels of driver/others/dynamic.c (and `dynamic_arm64.c`), with the names that
/// `openblas_get_corename` gives them. Kernels that a build leaves out are aliases of others there.
const CORES: &[(&str, &str)] = &[
    ("SKYLAKEX", "SkylakeX"),
    ("HASWELL", "Haswell"),
    ("ZEN", "Zen"),
    ("COOPERLAKE", "Cooperlake"),
    ("SAPPHIRERAPIDS", "SapphireRapids"),
    ("SANDYBRIDGE", "Sandybridge"),
    ("NEHALEM", "Nehalem"),
    ("PRESCOTT", "Prescott"),
    ("BULLDOZER", "Bulldozer"),
    ("PILEDRIVER", "Piledriver"),
    ("STEAMROLLER", "Steamroller"),
    ("EXCAVATOR", "Excavator"),
    ("BARCELONA", "Barcelona"),
    ("BOBCAT", "Bobcat"),
    ("OPTERON", "Opteron"),
    ("OPTERON_SSE3", "Opteron_SSE3"),
    ("CORE2", "Core2"),
    ("PENRYN", "Penryn"),
    ("DUNNINGTON", "Dunnington"),
    ("ATOM", "Atom"),
    ("KATMAI", "Katmai"),
    ("COPPERMINE", "Coppermine"),
    ("NORTHWOOD", "Northwood"),
    ("BANIAS", "Banias"),
    ("ATHLON", "Athlon"),
    ("NANO", "Nano"),
    ("ARMV8", "armv8"),
    ("ARMV8SVE", "armv8sve"),
    ("ARMV9SME", "armv9sme"),
    ("CORTEXA53", "cortexa53"),
    ("CORTEXA55", "cortexa55"),
    ("CORTEXA57", "cortexa57"),
    ("CORTEXA72", "cortexa72"),
    ("CORTEXA73", "cortexa73"),
    ("NEOVERSEN1", "neoversen1"),
    ("NEOVERSEN2", "neoversen2"),
    ("NEOVERSEV1", "neoversev1"),
    ("THUNDERX", "thunderx"),
    ("THUNDERX2T99", "thunderx2t99"),
    ("THUNDERX3T110", "thunderx3t110"),
    ("TSV110", "tsv110"),
    ("EMAG8180", "emag8180"),
    ("FALKOR", "falkor"),
    ("A64FX", "a64fx"),
    ("VORTEXM4", "vortexm4"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_that_distributions_give_it() {
        for path in [
            "/usr/lib/x86_64-linux-gnu/openblas-pthread/libopenblasp-r0.3.21.so",
            "/x/numpy.libs/libscipy_openblas64_-32a4b2a6.so",
            "/x/scipy.libs/libscipy_openblas-6cdc3b4a.so",
            "/x/opencv_python.libs/libopenblasp-r0-34a5d0b5.3.15.so",
            "/opt/conda/lib/libopenblasp-r0.3.28.so",
            "/x/numpy.libs/libopenblas64_p-r0-0cf96a72.3.23.dev.so",
        ] {
            assert!(OPENBLAS.files.iter().any(|files| files.matches(path)), "{path}");
        }
    }
}
