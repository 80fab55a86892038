//! Each thread of NumPy, SciPy, scikit-learn, numexpr and Numba, and whose it is.

use std::collections::BTreeMap;

use corewise_model::Tid;
use corewise_probe::{Modules, Owner, pools, processes};

use crate::program::{Program, scientific_python, script, settled_owner};

/// What the program says of itself: runtime, part of the library's path, threads.
type Truth = Vec<(String, String, Vec<u32>)>;

fn every_thread_has_its_owner(layer: &str, mode: &str) {
    let Some(python) = scientific_python() else { return };
    let program = Program::start(script(&python, "truth.py", &[layer, mode]));
    let truth: Truth = serde_json::from_str(&program.said).unwrap();
    for (runtime, path, threads) in &truth {
        assert!(!threads.is_empty(), "{runtime} {path} started no threads: nothing is tested");
    }
    let modules = Modules::read(program.pid()).unwrap();
    let mut expected: BTreeMap<u32, (&str, &str)> = BTreeMap::new();
    expected.insert(program.pid().0, ("main", ""));
    for (runtime, path, threads) in &truth {
        expected.extend(threads.iter().map(|tid| (*tid, (runtime.as_str(), path.as_str()))));
    }
    let threads = processes::threads(program.pid()).unwrap();
    assert_eq!(
        threads.iter().map(|tid| tid.0).collect::<Vec<_>>(),
        expected.keys().copied().collect::<Vec<_>>()
    );
    for (tid, (runtime, path)) in expected {
        let owner = settled_owner(Tid(tid), &modules);
        let found = match &owner {
            Owner::Main => ("main".to_owned(), ""),
            Owner::Python => ("Python".to_owned(), ""),
            Owner::Pool(index) => {
                let module = modules.get(*index).unwrap();
                (module.runtime.unwrap().to_string(), module.path.as_str())
            }
            other => (format!("{other:?}"), ""),
        };
        assert_eq!(found.0, runtime, "thread {tid}: {owner:?}");
        assert!(found.1.contains(path), "thread {tid}: {} is not in {path}", found.1);
    }
}

#[test]
fn of_pools_at_rest_with_numba_s_workqueue() {
    every_thread_has_its_owner("workqueue", "rest");
}

#[test]
fn of_pools_at_rest_with_numba_on_openmp() {
    every_thread_has_its_owner("omp", "rest");
}

#[test]
fn of_pools_at_work() {
    every_thread_has_its_owner("workqueue", "busy");
}

#[test]
fn the_pools_list_the_same_threads_and_no_others() {
    let Some(python) = scientific_python() else { return };
    let program = Program::start(script(&python, "truth.py", &["workqueue", "rest"]));
    let truth: Truth = serde_json::from_str(&program.said).unwrap();
    let modules = Modules::read(program.pid()).unwrap();
    let pools = pools::of_process(program.pid(), &modules);
    for (runtime, path, threads) in truth.iter().filter(|(runtime, ..)| runtime != "Python") {
        let of: Vec<_> = pools
            .iter()
            .filter(|(_, pool)| pool.runtime.to_string() == *runtime && pool.path.contains(path))
            .collect();
        assert_eq!(of.len(), 1, "{runtime} {path}");
        let tids: Vec<u32> = of[0].1.threads.get().unwrap().iter().map(|tid| tid.0).collect();
        assert_eq!(tids, *threads, "{runtime} {path}");
        if runtime == "OpenBLAS" {
            // The caller is one of them. (It starts no more threads than there are cores.)
            let size = u32::try_from(threads.len() + 1).unwrap();
            assert_eq!((of[0].1.size.get(), of[0].1.maximum.get()), (Some(&size), Some(&size)));
        }
    }
}
