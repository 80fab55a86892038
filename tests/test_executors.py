"""`corewise.ThreadPoolExecutor`, `ProcessPoolExecutor` and `mapper`, with SciPy's `workers=`."""

import concurrent.futures
import gc
import itertools
import os
import pathlib
import pickle
import threading
import weakref

import numpy
import pytest
import scipy
from scipy import integrate, optimize, stats

import corewise
import corewise._executors
from execution import execute

SCIPY = tuple(map(int, scipy.__version__.split(".")[:2]))
WAIT = 60
DOCS = pathlib.Path(__file__).resolve().parent.parent / "docs"


def blas_threads():
    """How many threads a call of NumPy's OpenBLAS would use here."""
    (size,) = (pool.size for pool in corewise.pools() if "numpy.libs/libscipy_open" in pool.path)
    return size


def inside():
    return corewise.cores()


def add(a, b=0):
    return a + b


def fail(number):
    if number == 3:
        raise ValueError(f"no {number}")
    return number


def mark(text):
    os.environ["COREWISE_TEST_MARK"] = text


def counted():
    """What a worker process finds out about itself."""
    import joblib

    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS")
    return {
        "pid": os.getpid(),
        "cores": corewise.cores(),
        "cpu_count": corewise.cpu_count(),
        "joblib": joblib.cpu_count(),
        "blas": blas_threads(),
        **{name: os.environ.get(name) for name in names},
    }


@pytest.fixture(params=["ThreadPoolExecutor", "ProcessPoolExecutor"])
def kind(request):
    return getattr(corewise, request.param)


class TestBoth:
    def test_it_is_an_executor(self, kind):
        with kind(2) as executor:
            assert isinstance(executor, concurrent.futures.Executor)
            future = executor.submit(add, 1, b=2)
            assert isinstance(future, concurrent.futures.Future)
            assert future.result() == 3
            assert list(executor.map(add, range(5), itertools.count(10))) == [10, 12, 14, 16, 18]
            assert list(executor.map(add, range(5), timeout=WAIT, chunksize=2)) == [0, 1, 2, 3, 4]
            done, _ = concurrent.futures.wait([executor.submit(fail, 3)])
            with pytest.raises(ValueError, match="no 3"):
                done.pop().result()
        with pytest.raises(RuntimeError, match="shutdown"):
            executor.submit(inside)

    def test_workers_divide_the_cores_of_the_task(self, kind):
        with corewise.budget(7), kind(2) as executor:
            assert executor.submit(inside).result() == 3
            with corewise.budget(4):
                assert executor.submit(inside).result() == 2
                assert list(executor.map(lambda _: corewise.cores(), range(3))) == [2, 2, 2]
            with corewise.limits(cores=1):
                assert executor.submit(inside).result() == 1
            assert executor.submit(inside).result() == 3

    def test_there_are_as_many_workers_as_cores(self, kind):
        with corewise.budget(3), kind() as executor:
            assert executor.submit(inside).result() == 1

    def test_more_workers_than_cores(self, kind):
        with corewise.budget(2), kind(5) as executor:
            assert executor.submit(inside).result() == 1

    def test_a_part_is_divided(self, kind):
        with corewise.budget(12), corewise.split(2) as parts, parts[0], kind(3) as executor:
            assert executor.submit(inside).result() == 2

    def test_pools_inside_are_limited(self, kind):
        with corewise.budget(2), kind(2) as executor:
            assert executor.submit(blas_threads).result() == 1

    def test_arguments_of_any_name(self, kind):
        def function(**names):
            return names

        names = dict(function=1, cores=2, workers=3, limited=4, kwargs=5)
        with kind(2) as executor:
            assert executor.submit(function, **names).result() == names

    def test_work_that_was_not_begun_can_be_cancelled(self, kind, tmp_path):
        with kind(1) as executor:
            path = tmp_path / "go"
            os.mkfifo(path)
            first = executor.submit(lambda: path.read_text())
            rest = [executor.submit(inside) for _ in range(20)]
            executor.shutdown(wait=False, cancel_futures=True)
            path.write_text("gone")
            assert first.result() == "gone"
            assert rest[-1].cancelled()

    @pytest.mark.parametrize(
        ("value", "error"), [(0, ValueError), (-2, ValueError), (1.5, TypeError), ("2", TypeError)]
    )
    def test_a_bad_number_of_workers_is_named(self, kind, value, error):
        with pytest.raises(error, match=rf"max_workers must be .*{value}"):
            kind(value)

    def test_a_bad_initializer(self, kind):
        with pytest.raises(TypeError, match="initializer must be"):
            kind(2, initializer=3)

    def test_the_executor_leaves_the_task_as_it_was(self, kind):
        before = corewise.cores(), blas_threads()
        with pytest.raises(ValueError, match="no 3"), kind(2) as executor:
            list(executor.map(fail, range(6)))
        assert (corewise.cores(), blas_threads()) == before


class TestThreads:
    def test_workers_run_at_the_same_time(self):
        meet = threading.Barrier(3)
        with corewise.ThreadPoolExecutor(3, "mine") as executor:
            names = list(
                executor.map(lambda _: (meet.wait(WAIT), threading.current_thread().name), range(3))
            )
        assert sorted(name for _, name in names) == ["mine_0", "mine_1", "mine_2"]

    def test_the_initializer_has_the_share_too(self):
        seen = []
        with (
            corewise.budget(6),
            corewise.ThreadPoolExecutor(
                2, initializer=lambda x: seen.append((x, corewise.cores())), initargs=("a",)
            ) as executor,
        ):
            executor.submit(inside).result()
        assert seen == [("a", 3)]

    def test_nested(self):
        def outer():
            with corewise.ThreadPoolExecutor() as executor:
                return corewise.cores(), executor.submit(inside).result()

        with corewise.budget(6), corewise.ThreadPoolExecutor(2) as executor:
            assert executor.submit(outer).result() == (3, 1)

    def test_a_part_that_has_grown_counts_for_what_begins_then(self):
        with (
            corewise.budget(8),
            corewise.split(2) as parts,
            corewise.ThreadPoolExecutor(2) as executor,
        ):
            with parts[0]:
                assert executor.submit(inside).result() == 2
                parts[1].run(inside)
                assert executor.submit(inside).result() == 4
                assert corewise.cores() == 8
            assert corewise.cores() == 8
        assert (corewise.cores(), blas_threads()) == (corewise.cpu_count(),) * 2


class TestProcesses:
    def test_a_process_counts_its_share(self):
        with corewise.budget(4), corewise.ProcessPoolExecutor(4) as executor:
            found = executor.submit(counted).result()
        assert found.pop("pid") != os.getpid()
        assert found.pop("cores") == found.pop("cpu_count") == found.pop("joblib") == 1
        assert found.pop("blas") == 1
        assert set(found.values()) == {"1"}

    @pytest.mark.parametrize(("of_the_user", "then"), [("1", "1"), ("7", "4"), ("5,2", "5,2")])
    def test_a_smaller_size_of_the_user_stays(self, monkeypatch, of_the_user, then):
        monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
        monkeypatch.setenv("OMP_NUM_THREADS", of_the_user)
        with corewise.budget(8), corewise.ProcessPoolExecutor(2) as executor:
            found = executor.submit(counted).result()
        assert found["OMP_NUM_THREADS"] == then
        assert found["OPENBLAS_NUM_THREADS"] is None
        assert found["POLARS_MAX_THREADS"] == "4"

    def test_the_parents_environment_is_left_alone(self):
        before = dict(os.environ)
        with corewise.ProcessPoolExecutor(2) as executor:
            executor.submit(inside).result()
        assert dict(os.environ) == before

    def test_a_worker_that_dies_breaks_the_executor(self):
        broken = concurrent.futures.process.BrokenProcessPool
        with pytest.raises(broken), corewise.ProcessPoolExecutor(2) as executor:
            executor.submit(os._exit, 3).result()

    def test_initializer(self):
        with corewise.ProcessPoolExecutor(1, initializer=mark, initargs=("here",)) as executor:
            assert executor.submit(os.getenv, "COREWISE_TEST_MARK").result() == "here"

    def test_without_joblib_and_loky_it_says_what_is_missing(self, python):
        program = (
            "import sys; sys.modules['joblib'] = sys.modules['loky'] = None\n"
            "import corewise\n"
            "corewise.ThreadPoolExecutor(2).submit(int).result()\n"
            "try: corewise.ProcessPoolExecutor(2)\n"
            "except ImportError as error: print(error)\n"
        )
        result = execute(python, "-c", program)
        assert result.returncode == 0, result.stderr
        assert b"pip install joblib" in result.stdout


@pytest.fixture(params=["threads", "processes"], scope="module")
def workers(request):
    with corewise.mapper(2, processes=request.param == "processes") as mapper:
        yield mapper


def square_distance(x):
    return float(numpy.sum((numpy.asarray(x) - 1) ** 2))


def residuals(x):
    return numpy.array([x[0] - 1, 10 * (x[1] - x[0] ** 2)])


def wave(x):
    return numpy.array([numpy.sin(x), numpy.cos(x)])


def bell(x):
    return numpy.exp(-numpy.sum(x**2, axis=-1))


class TestMapper:
    def test_it_maps(self, workers):
        assert workers(add, range(10)) == list(range(10))
        assert workers(add, [1, 2, 3], itertools.count()) == [1, 3, 5]
        assert workers(add, []) == []
        assert workers(lambda x: x + 1, (n for n in range(3))) == [1, 2, 3]
        with pytest.raises(ValueError, match="no 3"):
            workers(fail, range(6))
        assert workers(fail, range(3)) == [0, 1, 2]

    def test_workers_have_their_share(self, workers):
        with corewise.budget(6):
            assert set(workers(lambda _: corewise.cores(), range(8))) == {3}

    def test_threads_run_at_the_same_time(self):
        meet = threading.Barrier(2)
        with corewise.mapper(2) as workers:
            assert sorted(workers(lambda _: meet.wait(WAIT), range(2))) == [0, 1]

    def test_processes_are_other_processes(self):
        with corewise.mapper(2, processes=True) as workers:
            assert os.getpid() not in workers(lambda _: os.getpid(), range(8))

    def test_one_worker_is_the_caller(self):
        with corewise.budget(1), corewise.mapper() as workers:
            assert workers(lambda _: threading.get_ident(), range(2)) == [threading.get_ident()] * 2
            assert workers(lambda _: corewise.cores(), [0]) == [1]

    def test_a_call_from_its_own_work_does_not_wait_for_itself(self):
        with corewise.mapper(2) as workers:
            sums = workers(lambda n: sum(workers(add, range(n))), range(20))
        assert sums == [n * (n - 1) // 2 for n in range(20)]

    def test_a_copy_in_a_process_has_the_workers_of_its_share(self):
        with corewise.budget(2), corewise.mapper(2, processes=True) as workers:
            outer = workers(lambda n: (repr(workers), sum(workers(add, range(n)))), range(5))
        assert outer == [("<mapper of 1 processes>", n * (n - 1) // 2) for n in range(5)]
        assert repr(pickle.loads(pickle.dumps(workers))).endswith("processes>")

    def test_it_can_be_used_after_its_end(self):
        workers = corewise.mapper(2)
        assert workers(add, range(3)) == [0, 1, 2]
        workers.close()
        workers.close()
        assert workers(add, range(3)) == [0, 1, 2]

    def test_one_that_is_forgotten_ends_its_threads(self):
        workers = corewise.mapper(2)
        (thread, *_) = workers(lambda _: weakref.ref(threading.current_thread()), range(2))
        running = thread()
        del workers
        gc.collect()
        running.join(WAIT)
        assert not running.is_alive()

    @pytest.mark.parametrize(("value", "error"), [(0, ValueError), (1.0, TypeError)])
    def test_a_bad_number_of_workers_is_named(self, value, error):
        with pytest.raises(error, match=rf"workers must be .*{value}"):
            corewise.mapper(value)


class TestScipy:
    """Each function of SciPy that takes a map-like callable gives what it gives without one."""

    def test_differential_evolution(self, workers):
        def found(workers):
            return optimize.differential_evolution(
                optimize.rosen,
                [(0, 2)] * 3,
                workers=workers,
                updating="deferred",
                rng=1,
                maxiter=20,
            )

        with_workers, without = found(workers), found(1)
        assert numpy.array_equal(with_workers.x, without.x)
        assert with_workers.nfev == without.nfev

    def test_brute(self, workers):
        ranges = (slice(-2, 2, 0.5), slice(-2, 2, 0.5))
        found = optimize.brute(square_distance, ranges, workers=workers, finish=None)
        assert found.tolist() == [1, 1]

    def test_shgo(self, workers):
        found = optimize.shgo(square_distance, [(-2, 3)] * 2, n=32, iters=2, workers=workers)
        assert found.success
        assert found.x == pytest.approx([1, 1])

    def test_quad_vec(self, workers):
        value, _ = integrate.quad_vec(wave, 0, 30, workers=workers)
        assert numpy.array_equal(value, integrate.quad_vec(wave, 0, 30)[0])

    def test_cubature(self, workers):
        found = integrate.cubature(bell, [-3, -3], [3, 3], workers=workers)
        assert found.status == "converged"
        assert found.estimate == pytest.approx(numpy.pi, rel=1e-3)

    @pytest.mark.filterwarnings("ignore:The number of replications")
    def test_multiscale_graphcorr(self, workers):
        x = numpy.arange(30.0)
        found = stats.multiscale_graphcorr(x, x, workers=workers, reps=40, random_state=1)
        without = stats.multiscale_graphcorr(x, x, workers=1, reps=40, random_state=1)
        assert (found.statistic, found.pvalue) == (without.statistic, without.pvalue)

    @pytest.mark.skipif(SCIPY < (1, 16), reason="SciPy has it since 1.16")
    def test_least_squares(self, workers):
        found = optimize.least_squares(residuals, [2.0, 2.0], workers=workers)
        assert found.x == pytest.approx([1, 1])

    @pytest.mark.skipif(SCIPY < (1, 16), reason="SciPy has it since 1.16")
    @pytest.mark.parametrize("method", ["BFGS", "CG", "L-BFGS-B", "SLSQP", "TNC", "trust-constr"])
    def test_minimize(self, workers, method):
        def found(**options):
            return optimize.minimize(
                square_distance, [3.0, -2.0, 5.0], method=method, options=options
            )

        with_workers, without = found(workers=workers), found()
        assert numpy.array_equal(with_workers.x, without.x)
        assert with_workers.x == pytest.approx([1, 1, 1], abs=1e-3)
