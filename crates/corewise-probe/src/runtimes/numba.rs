//! Numba's threading layers: extension modules of which the first parallel function loads one.

use corewise_model::{Runtime, Scope};

use super::{Entry, Files, Layer, Question, Source};

const VERSION: Question = Question {
    sources: &[Source::Python("numba", "__version__"), Source::Distribution],
    unknown: "the file does not carry its version, and no package lists it",
};

const SIZE: Question = Question {
    sources: &[Source::Python("numba", "get_num_threads")],
    unknown: "Numba keeps it for each thread (its mask) in a variable that is not exported",
};

const MAXIMUM: Question = Question {
    sources: &[Source::Python("numba.config", "NUMBA_NUM_THREADS")],
    unknown: "Numba keeps it in its Python configuration",
};

const fn layer(runtime: Runtime, files: &'static [Files], layer: &'static str) -> Entry {
    Entry {
        runtime,
        files,
        marks: &[],
        internals: &[],
        one_pool: false,
        version: VERSION,
        layer: Layer::Fixed(layer),
        architecture: None,
        size: SIZE,
        maximum: MAXIMUM,
        scope: Scope::Thread,
        setters: &[],
    }
}

/// Runs on the threads of the OpenMP runtime that it needs.
pub(super) static OMP: Entry =
    layer(Runtime::NumbaOmp, &[Files::InFolder("ufunc", "omppool.")], "openmp");

/// Runs on TBB's threads.
pub(super) static TBB: Entry =
    layer(Runtime::NumbaTbb, &[Files::InFolder("ufunc", "tbbpool.")], "tbb");

/// Has threads of its own.
pub(super) static WORKQUEUE: Entry =
    layer(Runtime::NumbaWorkqueue, &[Files::InFolder("ufunc", "workqueue.")], "pthreads");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_layer_has_its_own_module() {
        let folder = "/x/site-packages/numba/np/ufunc";
        for (entry, name) in [(&OMP, "omppool"), (&TBB, "tbbpool"), (&WORKQUEUE, "workqueue")] {
            let path = format!("{folder}/{name}.cpython-311-x86_64-linux-gnu.so");
            assert!(entry.files[0].matches(&path), "{path}");
        }
    }
}
