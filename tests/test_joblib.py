"""The joblib backend "corewise": threads or processes, and how many cores each worker has."""

import itertools
import multiprocessing
import os
import pathlib
import sys
import threading

import joblib
import numpy
import pytest
from joblib import Parallel, delayed, parallel_backend, parallel_config
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score

import corewise
import corewise.joblib
from execution import clean_environment, execute
from joblib_tasks import (
    fail,
    found,
    found_inside,
    in_daemon,
    kind_of_array,
    mark,
    wait_long,
    where,
    where_inside,
)

TESTS = pathlib.Path(__file__).resolve().parent
DOCS = TESTS.parent / "docs"
WAIT = 60
KINDS = {"processes": {}, "threads": {"prefer": "threads"}}


@pytest.fixture(params=list(KINDS))
def hints(request):
    """What makes `Parallel` choose processes or threads."""
    return KINDS[request.param]


class TestRegistration:
    """In interpreters of their own."""

    @pytest.mark.parametrize(
        "imports",
        [
            "import corewise.joblib; import joblib",
            "import joblib; import corewise",
            "import corewise; import joblib; corewise.govern(2)",
        ],
    )
    @pytest.mark.parametrize(
        "use",
        [
            "p = joblib.Parallel(2, backend='corewise')",
            "joblib.parallel_config('corewise'); p = joblib.Parallel(2)",
        ],
        ids=["Parallel", "parallel_config"],
    )
    def test_it_is_known_by_name(self, python, imports, use):
        program = f"{imports}\n{use}\nprint(p(map(joblib.delayed(abs), [-1, -2])))"
        result = execute(python, "-c", program)
        assert result.returncode == 0, result.stderr
        assert result.stdout == b"[1, 2]\n"

    def test_importing_corewise_imports_no_joblib_and_no_backend(self, python):
        program = (
            "import sys, corewise; print('joblib' in sys.modules); "
            "import joblib; del sys.modules['corewise']; import corewise; "
            "print('corewise._joblib' in sys.modules, 'corewise' in joblib.parallel.BACKENDS)"
        )
        result = execute(python, "-c", program)
        assert result.returncode == 0, result.stderr
        assert result.stdout.split() == [b"False", b"False", b"True"]


class TestChoice:
    """Threads or processes."""

    def pids(self, **options):
        with parallel_config("corewise", n_jobs=2):
            return {pid for pid, _ in Parallel(**options)(delayed(where)() for _ in range(8))}

    @pytest.mark.parametrize("prefer", [None, "processes"])
    def test_processes(self, prefer):
        assert os.getpid() not in self.pids(prefer=prefer)

    @pytest.mark.parametrize("hint", [{"prefer": "threads"}, {"require": "sharedmem"}])
    def test_threads_where_the_call_asks_for_them(self, hint):
        assert self.pids(**hint) == {os.getpid()}
        meet = threading.Barrier(3)
        with parallel_config("corewise", n_jobs=3):
            assert sorted(Parallel(**hint)(delayed(meet.wait)(WAIT) for _ in range(3))) == [0, 1, 2]

    def test_threads_where_the_configuration_asks_for_them(self):
        with parallel_config("corewise", n_jobs=2, prefer="threads"):
            assert {pid for pid, _ in Parallel()(delayed(where)() for _ in range(4))} == {
                os.getpid()
            }

    def test_threads_where_it_is_nested(self, hints):
        with corewise.budget(4), parallel_config("corewise", n_jobs=2):
            for pid, workers in Parallel(**hints)(delayed(where_inside)() for _ in range(2)):
                assert {inner for inner, _ in workers} == {pid}

    def test_threads_in_a_daemon(self):
        context = multiprocessing.get_context("spawn")
        results = context.SimpleQueue()
        process = context.Process(target=in_daemon, args=(results,), daemon=True)
        process.start()
        pid, workers = results.get()
        process.join(WAIT)
        assert {inner for inner, _ in workers} == {pid}
        assert len({thread for _, thread in workers} - {pid}) >= 1

    def test_threads_in_a_thread_that_has_a_part_of_the_cores(self):
        pids = []
        with corewise.budget(4), corewise.split(2) as parts:
            work = threading.Thread(target=parts[0].run, args=(lambda: pids.append(self.pids()),))
            work.start()
            work.join()
            pids.append(parts[1].run(self.pids))
        assert pids[0] == {os.getpid()}
        assert os.getpid() not in pids[1]


class TestNumbers:
    """How many workers, and what each has."""

    @pytest.mark.parametrize(
        ("n_jobs", "workers"), [(-1, 6), (None, 6), (-2, 5), (-100, 1), (1, 1), (3, 3), (9, 9)]
    )
    def test_n_jobs(self, n_jobs, workers):
        with corewise.budget(6), parallel_config("corewise"):
            assert joblib.effective_n_jobs(n_jobs) == workers
            with Parallel(n_jobs=n_jobs, prefer="threads") as parallel:
                assert parallel._effective_n_jobs() == workers
        with corewise.budget(6), parallel_config("corewise", n_jobs=n_jobs):
            assert joblib.effective_n_jobs(None) == workers

    def test_n_jobs_of_0(self):
        with pytest.raises(ValueError, match="n_jobs == 0"):
            Parallel(n_jobs=0, backend="corewise")(delayed(where)() for _ in range(2))

    def test_without_a_budget_they_are_the_allowed_cores(self):
        with parallel_config("corewise"):
            assert joblib.effective_n_jobs() == corewise.cpu_count()
        with parallel_backend("corewise"):
            assert joblib.effective_n_jobs() == corewise.cpu_count()

    def test_workers_divide_the_cores(self, hints):
        with parallel_config("corewise", n_jobs=2):
            with corewise.budget(2):
                assert set(Parallel(**hints)(delayed(found)() for _ in range(4))) == {(1, 1, 1)}
            with corewise.budget(7):
                workers = Parallel(**hints)(delayed(found)() for _ in range(4))
                assert {(cores, jobs) for cores, _, jobs in workers} == {(3, 3)}

    def test_inner_max_num_threads(self, hints):
        with corewise.budget(8), parallel_config("corewise", n_jobs=2, inner_max_num_threads=1):
            assert set(Parallel(**hints)(delayed(found)() for _ in range(4))) == {(1, 1, 1)}
        with parallel_config("corewise", n_jobs=2, inner_max_num_threads=0):
            parallel = Parallel(**hints)
            with pytest.raises(ValueError, match=r"inner_max_num_threads must be .*0"):
                parallel(delayed(found)() for _ in range(2))

    def test_limits_of_the_task_that_calls(self, hints):
        with corewise.limits(blas=1), parallel_config("corewise", n_jobs=2), corewise.budget(8):
            workers = Parallel(**hints)(delayed(found)() for _ in range(20))
        assert set(workers) == {(4, 1, 4)}

    @pytest.mark.parametrize(("n_jobs", "inner"), [(None, 1), (2, 1), (50, 1), (1, 3)])
    def test_a_nested_call_divides_its_workers_cores(self, hints, n_jobs, inner):
        with corewise.budget(6), parallel_config("corewise", n_jobs=2):
            workers = Parallel(**hints)(delayed(found_inside)(n_jobs) for _ in range(2))
        for cores, _, jobs in itertools.chain(*workers):
            assert cores == jobs == inner

    def test_one_worker_is_the_caller(self, hints):
        with corewise.budget(1), parallel_config("corewise"):
            assert Parallel(**hints)(delayed(where)() for _ in range(3)) == [where()] * 3

    def test_a_parallel_object_looks_anew_at_each_call(self, hints):
        parallel = Parallel(n_jobs=-1, backend="corewise", **hints)
        for cores in (1, 3, 1, 2):
            with corewise.budget(cores):
                assert set(parallel(delayed(corewise.cores)() for _ in range(4))) == {1}
                assert (parallel(delayed(where)() for _ in range(2))[0] == where()) == (cores == 1)
        with corewise.budget(1), parallel, corewise.budget(1):
            assert parallel(delayed(where)() for _ in range(2)) == [where()] * 2

    def test_the_caller_keeps_what_it_has(self, hints):
        before = found()
        with (
            corewise.budget(2),
            parallel_config("corewise"),
            pytest.raises(ValueError, match="no 3"),
        ):
            Parallel(**hints)(delayed(fail)(number) for number in range(8))
        assert found() == before


class TestUse:
    """What joblib does, it does with this backend too."""

    @pytest.fixture(autouse=True)
    def two_workers(self):
        with corewise.budget(2), parallel_config("corewise"):
            yield

    def test_results_in_order_of_many_small_tasks(self, hints):
        parallel = Parallel(**hints)
        assert parallel(delayed(abs)(-number) for number in range(500)) == list(range(500))
        assert parallel.n_dispatched_tasks == 500
        assert (parallel.n_dispatched_batches < 500) == (not hints)

    @pytest.mark.parametrize("batch_size", [1, 7, "auto"])
    @pytest.mark.parametrize("pre_dispatch", ["all", "n_jobs", 3])
    def test_batches(self, hints, batch_size, pre_dispatch):
        parallel = Parallel(batch_size=batch_size, pre_dispatch=pre_dispatch, **hints)
        assert parallel(delayed(abs)(-number) for number in range(30)) == list(range(30))

    def test_generators(self, hints):
        ordered = Parallel(return_as="generator", **hints)(delayed(abs)(-n) for n in range(20))
        assert [next(ordered) for _ in range(3)] == [0, 1, 2]
        assert list(ordered) == list(range(3, 20))
        anyhow = Parallel(return_as="generator_unordered", **hints)(
            delayed(abs)(n) for n in range(20)
        )
        assert sorted(anyhow) == list(range(20))

    def test_calls_while_a_generator_is_not_used_up(self):
        """Threads and processes at one time, under one configuration."""
        numbers = Parallel(return_as="generator")(delayed(abs)(n) for n in range(50))
        assert next(numbers) == 0
        assert Parallel(prefer="threads")(delayed(abs)(n) for n in range(50)) == list(range(50))
        assert list(numbers) == list(range(1, 50))

    def test_exceptions_and_calls_after_them(self, hints):
        for _ in range(2):
            with pytest.raises(ValueError, match="no 3"):
                Parallel(**hints)(delayed(fail)(number) for number in range(20))
            assert Parallel(**hints)(delayed(fail)(number) for number in range(3)) == [0, 1, 2]
        with Parallel(**hints) as parallel:
            with pytest.raises(ValueError, match="no 3"):
                parallel([delayed(fail)(3)])
            assert parallel(delayed(fail)(number) for number in range(3)) == [0, 1, 2]

    def test_a_timeout(self, hints):
        with pytest.raises(multiprocessing.TimeoutError):
            Parallel(timeout=0.1, **hints)(delayed(wait_long)() for _ in range(2))
        assert Parallel(timeout=WAIT, **hints)(delayed(abs)(n) for n in range(3)) == [0, 1, 2]

    def test_large_arrays_are_shared_with_processes(self):
        array = numpy.ones(500_000)
        assert Parallel()(delayed(kind_of_array)(array) for _ in range(2)) == [("memmap", 5e5)] * 2
        assert (
            Parallel(max_nbytes=None)(delayed(kind_of_array)(array) for _ in range(2))
            == [("ndarray", 5e5)] * 2
        )

    def test_threads_share_memory(self):
        array = numpy.zeros(4)
        Parallel(require="sharedmem")(delayed(array.__setitem__)(n, n) for n in range(4))
        assert array.tolist() == [0, 1, 2, 3]

    def test_progress_is_told(self, hints, capfd):
        Parallel(verbose=10, **hints)(delayed(abs)(number) for number in range(4))
        told = capfd.readouterr().err
        assert f"Using backend Corewise{'Threads' if hints else 'Processes'} with 2" in told
        assert "Done   4 out of   4" in told

    def test_initializer(self, hints, monkeypatch):
        monkeypatch.setenv("COREWISE_TEST_MARK", "not yet")
        with parallel_config("corewise", initializer=mark, initargs=("here",)):
            workers = Parallel(**hints)(delayed(os.getenv)("COREWISE_TEST_MARK") for _ in range(4))
        assert workers == ["here"] * 4


@pytest.fixture(scope="module")
def data():
    return make_classification(300, 8, random_state=0)


class TestScikitLearn:
    def test_grid_search_over_forests(self, data):
        def best(n_jobs):
            forest = RandomForestClassifier(10, random_state=0, n_jobs=n_jobs)
            search = GridSearchCV(forest, {"max_depth": [2, 4]}, cv=3, n_jobs=n_jobs)
            return search.fit(*data).cv_results_["mean_test_score"].tolist()

        with corewise.budget(4), parallel_config("corewise", n_jobs=2):
            assert best(None) == best(1)

    def test_its_hints_are_heard(self, data, capfd):
        """Forests prefer threads; cross validation prefers nothing."""
        with corewise.budget(2), parallel_config("corewise"):
            RandomForestClassifier(4, verbose=2).fit(*data)
            assert "CorewiseThreads with 2" in capfd.readouterr().err
            cross_val_score(LogisticRegression(), *data, verbose=2)
            assert "CorewiseProcesses with 2" in capfd.readouterr().err


# Tests of joblib's own that are about something else than what every backend has to do.
NOT_OURS = {
    "test_nested_backend_context_manager": "wants nested calls in its ThreadingBackend",
    "test_nested_parallelism_limit": "wants nested calls in its ThreadingBackend, then sequential",
    "test_thread_bomb_mitigation": "a loky worker crashes; it expects so of the name loky alone",
}
# Of all, those that say most about a backend: the whole of them takes minutes.
CHOSEN = (
    "parallel_as_context_manager or error_in_task_iterator or error_capture"
    " or dispatch_multiprocessing"
    " or nested_loop or nested_backend_in_sequential or backend_nesting_level or njobs_converted"
    " or parallel_timeout or auto_memmap or memmapping_leaks or batch_statistics or initializer"
    " or deadlock_with_generator or multiple_generator_call_managed or abort_backend"
    " or unpicklable_functions_in_args or background_thread"
)


@pytest.mark.timeout(900)
def test_joblibs_own_tests_of_backends(tmp_path):
    """`COREWISE_TEST_LONG=1` runs them all."""
    chosen = "" if os.environ.get("COREWISE_TEST_LONG") else f" and ({CHOSEN})"
    left_out = "".join(f" and not {name}" for name in NOT_OURS)
    # Programs that the tests start use the backend by its name, as those that import it do.
    (tmp_path / "sitecustomize.py").write_text("import corewise.joblib\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    result = execute(
        *(sys.executable, "-m", "pytest", "-q", "-p", "joblib_backends", "-p", "no:cacheprovider"),
        *("-c", tmp_path / "pytest.ini", "--timeout=100", "-W", "ignore"),
        *("-k", f"corewise{left_out}{chosen}", "--pyargs", "joblib.test.test_parallel"),
        env=clean_environment(PYTHONPATH=f"{tmp_path}{os.pathsep}{TESTS}"),
        timeout=880,
    )
    told = result.stdout.decode()
    assert result.returncode == 0, told[-5000:]
    assert int(told.rpartition(" passed")[0].split()[-1]) >= 60
