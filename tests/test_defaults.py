"""`corewise.defaults`: what it raises, what it leaves, and that all is as it was when it ends."""

import sys
import threading
import warnings
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import joblib
import numexpr
import numpy as np
import pytest
import scipy.fft
from hypothesis import given
from hypothesis import strategies as st
from joblib import Parallel, delayed
from joblib.parallel import LokyBackend, ThreadingBackend
from sklearn.ensemble import RandomForestClassifier

import corewise

JOBLIB = sys.modules["joblib.parallel"]
HELPER = sys.modules[scipy.fft.get_workers.__globals__["__name__"]]


def state():
    """All that `defaults` may have a hand in, by identity where there is one."""
    return (
        [id(finder) for finder in sys.meta_path],
        id(HELPER._config),
        id(JOBLIB._get_active_backend),
        id(JOBLIB.get_active_backend),
        [vars(kind).get("default_n_jobs") for kind in (LokyBackend, ThreadingBackend)],
        numbers(),
    )


def numbers():
    """What the packages would use."""
    return {
        "joblib": Parallel().n_jobs,
        "numexpr": numexpr.get_num_threads(),
        "scipy.fft": scipy.fft.get_workers(),
    }


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch):
    """No variable of the caller's counts, and each test leaves everything as it was."""
    for name in ("LOKY_MAX_CPU_COUNT", *NUMEXPR_VARIABLES):
        monkeypatch.delenv(name, raising=False)
    before = state()
    yield
    assert state() == before


NUMEXPR_VARIABLES = ["NUMEXPR_NUM_THREADS", "NUMEXPR_MAX_THREADS", "OMP_NUM_THREADS"]

# More than the machine has, and than any package takes by itself.
MANY = numexpr.nthreads + 3


def in_thread(function):
    """What a new thread gets."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


# ---- the block ----


def test_each_is_raised_for_the_block():
    before = numbers()
    with corewise.defaults(MANY) as block:
        assert numbers() == block.raised == dict.fromkeys(before, MANY)
        assert block.cores == MANY
        assert in_thread(numbers) == block.raised
    assert numbers() == before
    assert block.raised == {}


def test_a_plain_call_counts_until_it_is_undone():
    block = corewise.defaults(MANY)
    assert Parallel().n_jobs == MANY
    block.undo()
    assert Parallel().n_jobs == 1
    block.undo()
    assert repr(block) == f"<corewise.Defaults of {MANY} cores, undone>"
    with pytest.raises(RuntimeError, match=r"call corewise\.defaults\(\) again"), block:
        pass


def test_without_a_number_it_is_what_the_process_may_use():
    with corewise.defaults() as block:
        assert block.cores == corewise.cpu_count()


@pytest.mark.parametrize("cores", [0, -1, 65_537])
def test_a_wrong_number(cores):
    with pytest.raises(ValueError, match=f"cores must be from 1 to 65536, not {cores}"):
        corewise.defaults(cores)


@pytest.mark.parametrize("cores", [True, 1.5, "2"])
def test_no_number(cores):
    kind = type(cores).__name__
    with pytest.raises(TypeError, match=f"cores must be an integer or None, not {kind}"):
        corewise.defaults(cores)


def test_an_exception_ends_it():
    with pytest.raises(KeyError), corewise.defaults(MANY):
        raise KeyError


def test_nothing_is_lowered():
    with corewise.defaults(1) as block:
        assert numexpr.get_num_threads() == numexpr.nthreads
        assert Parallel().n_jobs == scipy.fft.get_workers() == 1
        assert block.raised == {}


@given(st.lists(st.one_of(st.integers(2, 9), st.sampled_from(["first", "last", "middle"]))))
def test_blocks_may_end_in_any_order(steps):
    before = state()
    live = []
    for step in steps:
        if isinstance(step, int):
            live.append(corewise.defaults(numexpr.nthreads + step))
        elif live:
            live.pop({"first": 0, "last": -1, "middle": len(live) // 2}[step]).undo()
        if live:
            assert numbers() == live[-1].raised == dict.fromkeys(numbers(), live[-1].cores)
        else:
            assert state() == before
    for block in live:
        block.undo()
    assert state() == before


def test_threads_begin_and_end_blocks_at_once():
    start = threading.Barrier(8)

    def work(n):
        start.wait()
        for _ in range(50):
            with corewise.defaults(MANY + n):
                assert MANY <= scipy.fft.get_workers() < MANY + 8
                assert MANY <= Parallel().n_jobs < MANY + 8

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))


# ---- scipy.fft ----


def test_set_workers_inside_wins():
    with corewise.defaults(MANY):
        with scipy.fft.set_workers(2):
            assert scipy.fft.get_workers() == 2
            with scipy.fft.set_workers(3):
                assert scipy.fft.get_workers() == 3
            assert scipy.fft.get_workers() == 2
            assert in_thread(scipy.fft.get_workers) == MANY
        assert scipy.fft.get_workers() == MANY
        assert repr(scipy.fft.get_workers()) == str(MANY)


def test_set_workers_outside_wins():
    def outside():
        with scipy.fft.set_workers(1), corewise.defaults(MANY):
            return scipy.fft.get_workers(), in_thread(scipy.fft.get_workers)

    assert in_thread(outside) == (1, MANY)


def test_set_workers_that_outlives_the_block_leaves_no_raised_number():
    def overlapping():
        block = corewise.defaults(MANY)
        with scipy.fft.set_workers(3):
            block.undo()
            inside = scipy.fft.get_workers(), in_thread(scipy.fft.get_workers)
        return inside, scipy.fft.get_workers()

    assert in_thread(overlapping) == ((3, 1), 1)


def test_a_transform_is_the_same():
    x = np.random.default_rng(0).standard_normal((64, 1000))
    alone = scipy.fft.rfft2(x)
    with corewise.defaults(MANY):
        assert scipy.fft.rfft2(x).tobytes() == alone.tobytes()


# ---- joblib ----


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"n_jobs": None},
        {"prefer": "threads"},
        {"prefer": "processes"},
        {"require": "sharedmem"},
        {"backend": "threading"},
        {"backend": "multiprocessing"},
    ],
)
def test_jobs_that_nobody_has_set(more):
    with corewise.defaults(MANY):
        assert Parallel(**more).n_jobs == MANY
        with joblib.parallel_config(verbose=0):
            assert Parallel(**more).n_jobs == MANY


def test_jobs_that_a_call_sets():
    with corewise.defaults(MANY):
        assert [Parallel(n_jobs=n).n_jobs for n in (1, 2, -1)] == [1, 2, -1]
        assert joblib.effective_n_jobs(1) == 1
        assert joblib.effective_n_jobs(None) == MANY


@pytest.mark.parametrize("jobs", [1, 2, None])
def test_jobs_that_a_configuration_sets(jobs):
    with joblib.parallel_config(n_jobs=jobs):
        alone = Parallel().n_jobs, Parallel(prefer="threads").n_jobs, joblib.effective_n_jobs(None)
        if jobs is None:  # joblib takes it for not set
            return
        with corewise.defaults(MANY):
            assert alone == (
                Parallel().n_jobs,
                Parallel(prefer="threads").n_jobs,
                joblib.effective_n_jobs(None),
            )
    with corewise.defaults(MANY), joblib.parallel_config(n_jobs=jobs):
        assert Parallel().n_jobs == jobs


def test_backends_of_others_keep_their_default():
    class Mine(ThreadingBackend):
        default_n_jobs = 7

    class Inheriting(ThreadingBackend):
        pass

    with corewise.defaults(MANY):
        assert Parallel(backend=Mine()).n_jobs == 7
        assert Parallel(backend=Inheriting()).n_jobs == 1
        with joblib.parallel_config(backend=Mine()):
            assert Parallel().n_jobs == 7


def nested(_):
    return Parallel().n_jobs, Parallel(prefer="threads").n_jobs, scipy.fft.get_workers()


@pytest.mark.parametrize("backend", ["loky", "threading", "multiprocessing"])
def test_nested_levels_are_not_raised(backend):
    with corewise.defaults(2), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert set(Parallel(backend=backend)(delayed(nested)(i) for i in range(4))) == {(1, 1, 1)}


def test_the_users_count_of_cores_is_the_most(monkeypatch):
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "2")
    with corewise.defaults(MANY) as block:
        assert Parallel().n_jobs == block.raised["joblib"] == 2


def test_scikit_learn_follows(capfd):
    x = np.random.default_rng(0).standard_normal((200, 5))
    y = x[:, 0] > 0
    forest = RandomForestClassifier(8, random_state=0, verbose=1)
    alone = forest.fit(x, y).predict_proba(x)
    assert "concurrent workers" not in "".join(capfd.readouterr())
    with corewise.defaults(2):
        raised = forest.fit(x, y).predict_proba(x)
    # Fitting, and the prediction that shares memory.
    text = "".join(capfd.readouterr())
    assert text.count("Using backend ThreadingBackend with 2 concurrent workers.") == 2
    # Trees are added up in the order in which they are done.
    np.testing.assert_allclose(raised, alone, rtol=1e-14)


# ---- numexpr ----


def test_numexpr_is_raised_to_its_most():
    with corewise.defaults(numexpr.MAX_THREADS + 1) as block:
        assert numexpr.get_num_threads() == block.raised["numexpr"] == numexpr.MAX_THREADS


@pytest.mark.parametrize("name", NUMEXPR_VARIABLES)
def test_a_variable_that_numexpr_reads_is_the_users(name, monkeypatch):
    monkeypatch.setenv(name, str(numexpr.nthreads))
    with corewise.defaults(MANY) as block:
        assert numexpr.get_num_threads() == numexpr.nthreads
        assert "numexpr" not in block.raised


def test_set_num_threads_before_and_inside_wins():
    numexpr.set_num_threads(1)
    with corewise.defaults(MANY):
        assert numexpr.get_num_threads() == 1
    assert numexpr.get_num_threads() == 1
    numexpr.set_num_threads(numexpr.nthreads)
    with corewise.defaults(MANY):
        numexpr.set_num_threads(1)
        with corewise.defaults(MANY + 1):
            assert numexpr.get_num_threads() == 1
    assert numexpr.get_num_threads() == 1
    numexpr.set_num_threads(numexpr.nthreads)


def test_numexpr_may_compute_meanwhile():
    x = np.arange(200_000.0)
    ended = threading.Event()

    def compute():
        while not ended.is_set():
            assert numexpr.evaluate("2 * x + 1", {"x": x})[-1] == 399_999

    with ThreadPoolExecutor(2) as pool:
        computing = [pool.submit(compute) for _ in range(2)]
        for n in range(12):
            corewise.defaults(numexpr.nthreads + 1 + n % 3).undo()
        ended.set()
        for each in computing:
            each.result()
    # The last that could not be put back under way is put back by the next.
    corewise.defaults(MANY).undo()


# ---- worker processes ----


def in_worker(_=None):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Parallel()(delayed(abs)(i) for i in range(2))
    return Parallel().n_jobs, scipy.fft.get_workers()


def own_block():
    with corewise.defaults(3):
        return Parallel().n_jobs, scipy.fft.get_workers()


def test_workers_are_not_raised():
    with corewise.defaults(2):
        with get_context("fork").Pool(2) as pool:
            assert pool.map(in_worker, range(2)) == [(1, 1)] * 2
        with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool:
            assert pool.submit(in_worker).result() == (1, 1)
            assert pool.submit(own_block).result() == (3, 3)


# ---- what others do meanwhile ----


def test_a_function_that_another_has_replaced_is_called_and_left(monkeypatch):
    calls = []
    original = JOBLIB._get_active_backend

    def another(*args, **kwargs):
        calls.append(args)
        return original(*args, **kwargs)

    with corewise.defaults(MANY):
        pass
    with monkeypatch.context() as patch:
        patch.setattr(JOBLIB, "_get_active_backend", another)
        with corewise.defaults(MANY):
            assert Parallel().n_jobs == MANY
            assert calls
        assert JOBLIB._get_active_backend is another
    block = corewise.defaults(MANY)
    monkeypatch.setattr(JOBLIB, "_get_active_backend", another)
    block.undo()
    assert JOBLIB._get_active_backend is another
    monkeypatch.undo()
    assert Parallel().n_jobs == 1
    # What `monkeypatch` has found and put back does nothing more than what it stands for.
    JOBLIB._get_active_backend = JOBLIB._get_active_backend.__wrapped__


def test_a_module_that_is_gone_is_put_back(monkeypatch):
    block = corewise.defaults(MANY)
    monkeypatch.delitem(sys.modules, "joblib.parallel")
    block.undo()
    assert Parallel().n_jobs == 1
