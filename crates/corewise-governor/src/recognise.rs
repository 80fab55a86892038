//! Which runtime a library is.

use crate::discover::{OPENMP, add_target, flexiblas_is_loaded, is_first_look, is_part_of_mkl};
use crate::elf::Library;
use crate::runtimes::{kmp, mkl, openblas, openblas_openmp, openmp};
use crate::{entries, idle, ranges, symbols, symtab};

/// Takes a runtime in, if the library is one; says whether it is an OpenBLAS with threads of its own
/// that was not known.
pub(crate) fn runtime(library: &Library) -> bool {
    if let Some(internals) = internals_of(library) {
        ranges::add(library.code);
        let Some(openmp) = openmp_of(library) else { return false };
        if openmp.parallel != 0 && flexiblas_is_loaded() {
            return false;
        }
        return internals.shutdown.is_some() && register_openblas(library, &internals, &openmp);
    }
    if let (Some(set_local), Some(max_threads)) =
        (library.symbol(b"MKL_Set_Num_Threads_Local"), library.symbol(b"MKL_Get_Max_Threads"))
    {
        symbols::pin(library);
        ranges::add(library.code);
        mkl::register(library.code, set_local, max_threads, !is_part_of_mkl(library));
        return false;
    }
    let Some(max_threads) = library.symbol(b"omp_get_max_threads") else { return false };
    if library.symbol(b"GOMP_parallel").is_none() && library.symbol(b"__kmpc_fork_call").is_none() {
        return false;
    }
    symbols::pin(library);
    ranges::add(library.code);
    let Some(copy) = openmp::register(max_threads) else { return false };
    if let (Some(number), Some(push)) =
        (library.symbol(b"__kmpc_global_thread_num"), library.symbol(b"__kmpc_push_num_threads"))
    {
        kmp::register(copy, number, push);
    }
    for (name, kind) in OPENMP {
        if let Some(address) = library.symbol(name) {
            add_target(address, *kind, copy);
        }
    }
    false
}

/// What steers an OpenBLAS from within.
struct Internals {
    cpu_number: usize,
    num_threads: usize,
    read_env: Option<usize>,
    shutdown: Option<usize>,
    init: Option<usize>,
}

/// Those of a library that is an OpenBLAS: exported, or named by its file alone.
fn internals_of(library: &Library) -> Option<Internals> {
    const NAMES: [&[u8]; 5] = [
        b"blas_cpu_number",
        b"blas_num_threads",
        b"openblas_read_env",
        b"blas_thread_shutdown_",
        b"blas_thread_init",
    ];
    let mut found = NAMES.map(|name| library.symbol(name));
    if found[0].is_none() {
        let steers = |name: &&[u8]| library.symbol(name).is_some();
        if !openblas::CONTROLS.iter().any(steers) {
            return None;
        }
        found = symtab::addresses(library, NAMES);
    }
    let [cpu_number, num_threads, read_env, shutdown, init] = found;
    Some(Internals { cpu_number: cpu_number?, num_threads: num_threads?, read_env, shutdown, init })
}

fn register_openblas(
    library: &Library,
    internals: &Internals,
    openmp: &openblas_openmp::Slots,
) -> bool {
    let is_openmp = openmp.parallel != 0;
    let first = |part: &[u8]| {
        let names = openblas::CONTROLS.iter().take(16).filter(|name| has(name, part));
        // Those whose name ends in an underscore only take a pointer.
        let plain = |name: &&&[u8]| !name.ends_with(b"threads_") && !name.ends_with(b"_64_");
        let c_function = |name: &&&[u8]| plain(name) || name.ends_with(b"threads64_");
        names.filter(c_function).find_map(|name| library.symbol(name)).unwrap_or(0)
    };
    let exports = openblas::Exports {
        start: library.code.0,
        end: library.code.1,
        cpu_number: internals.cpu_number,
        num_threads: internals.num_threads,
        restart: match (internals.read_env, internals.shutdown, internals.init) {
            // One that is built on OpenMP has no threads of its own.
            (Some(read_env), Some(shutdown), Some(init)) if !is_openmp => {
                Some([read_env, shutdown, init])
            }
            _ => None,
        },
        set: first(b"set_num_threads"),
        get: first(b"get_num_threads"),
        openmp: is_openmp,
    };
    // At the first look, what is there may have been used already.
    let new = !is_first_look();
    let Some(number) = openblas::register(&exports, new) else { return false };
    if is_openmp {
        openblas_openmp::register(number, openmp, new || idle::others_are_blocked());
    }
    let mut replaced = false;
    for name in openblas::CONTROLS {
        if let Some(address) = library.symbol(name)
            && let Some(wrapper) = openblas::replacement(number, name)
        {
            let done = entries::replace(address, wrapper);
            replaced |= done && address == exports.set;
        }
    }
    if !replaced {
        // By the replaced function it is seen whether the copy is still the same.
        symbols::pin(library);
        openblas::note_pinned(number);
    }
    openblas::needs_handlers(number)
}

/// Whether a name has this part.
pub(crate) fn has(name: &[u8], part: &[u8]) -> bool {
    name.windows(part.len()).any(|window| window == part)
}

/// The functions of OpenMP that an OpenBLAS calls, all 0 where it has threads of its own. `None`: it
/// is built on an OpenMP that cannot be governed.
fn openmp_of(library: &Library) -> Option<openblas_openmp::Slots> {
    let mut found = openblas_openmp::Slots::default();
    if library.uses(&[b"__kmpc_fork_call"]) {
        return None;
    }
    if !library.uses(&[b"GOMP_parallel"]) {
        return Some(found);
    }
    library.slots(
        |_| true,
        |slot| {
            let place = match slot.name() {
                b"GOMP_parallel" => &mut found.parallel,
                b"omp_get_max_threads" => &mut found.max_threads,
                b"omp_in_parallel" => &mut found.in_parallel,
                b"omp_set_num_threads" => &mut found.set_threads,
                _ => return,
            };
            let real = slot.unbound.then(|| symbols::resolve(library, slot.name()));
            *place = real.flatten().unwrap_or(slot.value);
        },
    );
    found.goto_set = library.symbol(b"goto_set_num_threads").unwrap_or(0);
    found.has_local = library.symbol(b"blas_omp_threads_local").is_some();
    let complete = found.parallel != 0 && found.max_threads != 0 && found.in_parallel != 0;
    complete.then_some(found)
}

/// Takes in a library that decides by an OpenBLAS's variables. Only by its name: looking through all
/// slots of all libraries takes a while.
pub(crate) fn front(library: &Library) {
    if !library.path_has(b"/libblas.so") && !library.path_has(b"/liblapack.so") {
        return;
    }
    library.slots(
        |_| true,
        |slot| {
            if slot.name() == b"blas_cpu_number"
                && openblas::register_front(slot.value, library.code)
            {
                ranges::add(library.code);
            }
        },
    );
}
