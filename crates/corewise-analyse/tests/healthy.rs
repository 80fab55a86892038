//! Healthy programs have no findings at all.

use corewise_analyse::findings;
use corewise_model::scenario::{Scenario, pool};
use corewise_model::{Gil, Role, Runtime, StartMethod};

#[track_caller]
fn healthy(scenario: &Scenario) {
    let findings = findings(&scenario.recording());
    assert!(findings.is_empty(), "{findings:#?}");
}

#[test]
fn two_threads_on_two_cores() {
    let mut s = Scenario::new(2.0, 10.0);
    let root = s.root();
    for seed in 0..2 {
        let thread = s.thread(root, Role::Python, 0.5);
        s.busy(thread, 0.5..9.5).run(0.93).wait(0.07).slices(300.0).switches(20.0, 250.0);
        s.stack(thread, 0.5..9.5, &[["sin_a a.py:1", "sin_b a.py:2"][seed]], Gil::Free);
    }
    s.asleep(s.main(root), 0.5..9.5, &["join threading.py:1100", "<module> a.py:30"]);
    healthy(&s);
}

#[test]
fn two_threads_on_two_cores_that_others_want_too() {
    let mut s = Scenario::new(2.0, 10.0);
    for _ in 0..2 {
        let thread = s.thread(s.root(), Role::Python, 0.0);
        s.busy(thread, 0.0..10.0).run(0.5).wait(0.5);
    }
    s.strangers(0.0..10.0, 1.0);
    healthy(&s);
}

#[test]
fn a_pool_as_large_as_the_cores() {
    let mut s = Scenario::new(4.0, 10.0);
    let pool = s.pool(s.root(), Runtime::Libgomp, 4);
    let mut threads = s.pool_threads(pool, 3);
    threads.push(s.main(s.root()));
    for thread in threads {
        s.busy(thread, 0.0..10.0).run(0.95).wait(0.02);
        s.native(thread, 0.0..10.0, 50, 0.05);
    }
    s.stack(s.main(s.root()), 0.0..10.0, &["fit train.py:3"], Gil::Free);
    healthy(&s);
}

#[test]
fn a_governed_program_that_gets_what_it_asks_for() {
    let mut s = Scenario::new(2.0, 10.0);
    s.govern(2);
    let pool = s.pool(s.root(), Runtime::OpenBlas, 2);
    let mut threads = s.pool_threads(pool, 1);
    threads.push(s.main(s.root()));
    for thread in threads {
        s.busy(thread, 0.0..10.0).run(0.95).wait(0.02);
    }
    s.leases(s.root(), 0.0..10.0, 1, 2).regions(80.0, 0.0);
    healthy(&s);
}

#[test]
fn a_governed_program_without_a_parallel_region() {
    let mut s = Scenario::new(2.0, 10.0);
    s.govern(2);
    s.leases(s.root(), 0.0..0.02, 0, 0);
    healthy(&s);
}

#[test]
fn one_thread_on_one_core() {
    let mut s = Scenario::new(1.0, 10.0);
    let main = s.main(s.root());
    s.busy(main, 0.0..10.0);
    s.stack(main, 0.0..10.0, &["f train.py:1"], Gil::Holds);
    healthy(&s);
}

#[test]
fn a_program_that_waits() {
    let mut s = Scenario::new(2.0, 60.0);
    let main = s.main(s.root());
    s.busy(main, 0.0..60.0).run(0.01);
    s.asleep(main, 0.0..60.0, &["select selectors.py:415"]);
    healthy(&s);
}

#[test]
fn a_short_program() {
    let mut s = Scenario::new(8.0, 0.3);
    let main = s.main(s.root());
    s.busy(main, 0.0..0.3);
    s.stack(main, 0.0..0.3, &["f train.py:1"], Gil::Holds);
    healthy(&s);
}

#[test]
fn nothing_at_all() {
    healthy(&Scenario::new(2.0, 0.0));
    healthy(&Scenario::new(2.0, 10.0).killed());
}

#[test]
fn the_import_phase() {
    let mut s = Scenario::new(2.0, 5.0);
    let main = s.main(s.root());
    s.busy(main, 0.0..3.0);
    let import = "_find_and_load <frozen importlib._bootstrap>:1007";
    s.stack(main, 0.0..3.0, &["<module> sklearn/__init__.py:1", import], Gil::Holds);
    s.busy(main, 3.0..5.0);
    let pool = s.pool(s.root(), Runtime::OpenBlas, 2);
    let thread = s.pool_threads(pool, 1)[0];
    s.busy(thread, 3.0..5.0);
    s.stack(main, 3.0..5.0, &["f train.py:9"], Gil::Free);
    healthy(&s);
}

#[test]
fn two_copies_of_openblas_from_two_wheels() {
    let mut s = Scenario::new(2.0, 10.0);
    let main = s.main(s.root());
    let numpy = s.pool(s.root(), Runtime::OpenBlas, 2);
    let mut second = pool(Runtime::OpenBlas, 2, 0x4000);
    second.path = "/site/scipy.libs/libscipy_openblas.so".to_owned();
    let scipy = s.pool_of(s.root(), second, 0.5);
    s.busy(main, 0.0..10.0);
    let threads = [s.pool_threads(numpy, 1)[0], s.pool_threads(scipy, 1)[0]];
    s.busy(threads[0], 0.0..5.0);
    s.busy(threads[1], 5.0..10.0);
    s.stack(main, 0.0..10.0, &["f train.py:9"], Gil::Free);
    healthy(&s);
}

#[test]
fn loky_workers_as_many_as_cores() {
    let mut s = Scenario::new(2.0, 10.0);
    let tracker = s.process(s.root(), StartMethod::Tracker, 0.2);
    s.busy(s.main(tracker), 0.2..0.3).run(0.2);
    for k in 0..2u64 {
        let worker = s.process(s.root(), StartMethod::Loky, 0.3);
        let pool = s.pool(worker, Runtime::Libgomp, 1);
        assert_eq!(s.pool_threads(pool, 0), []);
        s.busy(s.main(worker), 0.5..9.5).run(0.95).wait(0.05);
        s.bit_generator(worker, "MT19937", k, true);
    }
    healthy(&s);
}

#[test]
fn forked_workers_that_seed_themselves() {
    let mut s = Scenario::new(2.0, 10.0);
    let blas = s.pool(s.root(), Runtime::OpenBlas, 2);
    s.pool_threads(blas, 1);
    for _ in 0..2 {
        let worker = s.process(s.root(), StartMethod::Fork, 1.0);
        s.bit_generator(worker, "MT19937", 5, false);
        s.busy(s.main(worker), 1.0..9.0);
        s.end(worker, 9.5);
    }
    healthy(&s);
}
