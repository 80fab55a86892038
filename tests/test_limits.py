"""`corewise.limits`: limits belong to the task that sets them, and nothing is left of them."""

import asyncio
import contextlib
import contextvars
import gc
import inspect
import os
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy
import pytest
import scipy.linalg  # noqa: F401 (its OpenBLAS)
import sklearn.cluster  # noqa: F401 (its libgomp)
from hypothesis import given, settings
from hypothesis import strategies as st

import corewise
from corewise import _native
from execution import clean_environment
from governed.running import program, run, told

RUNTIMES = ("openblas", "openblas", "libgomp")
BASES = (5, 4, 6)


def numbers():
    return tuple(library.get_num_threads() for library in libraries())


def libraries():
    """NumPy's and SciPy's OpenBLAS and scikit-learn's libgomp."""
    wanted = ("numpy.libs", "scipy.libs", "scikit_learn.libs")
    found = [lib for lib in _native.libraries() if any(name in lib.filepath for name in wanted)]
    found.sort(key=lambda lib: [name in lib.filepath for name in wanted].index(True))
    assert tuple(library.runtime for library in found) == RUNTIMES
    return found


@pytest.fixture(autouse=True)
def pools():
    """Every pool begins with a number of its own and has it at the end."""
    before = numbers()
    for library, base in zip(libraries(), BASES, strict=True):
        library.set_num_threads(base)
    yield
    assert numbers() == BASES
    for library, number in zip(libraries(), before, strict=True):
        library.set_num_threads(number)


def in_thread(function):
    """What a function returns in a new thread."""
    with ThreadPoolExecutor(1) as executor:
        return executor.submit(function).result()


def test_all_and_one_api_and_one_runtime():
    with corewise.limits(2):
        assert numbers() == (2, 2, 2)
    with corewise.limits(blas=2):
        assert numbers() == (2, 2, 6)
    with corewise.limits(openmp=1):
        assert numbers() == (5, 4, 1)
    with corewise.limits(3, blas=2, openblas=1):
        assert numbers() == (1, 1, 3)
    with corewise.limits(1, libgomp=4):
        assert numbers() == (1, 1, 4)
    with corewise.limits():
        assert numbers() == BASES


def test_a_limit_never_raises():
    with corewise.limits(100):
        assert numbers() == BASES
    with corewise.limits(2), corewise.limits(4):
        assert numbers() == (2, 2, 2)
        assert corewise.current_limits()["openblas"] == 2
    assert corewise.current_limits() == {}


def test_a_limit_never_raises_what_the_program_has_set_since():
    with corewise.limits(3):
        for library in libraries():
            library.set_num_threads(1)
        with corewise.limits(2):
            assert numbers() == (1, 1, 1)
        assert numbers() == (1, 1, 1)
        for library in libraries():
            library.set_num_threads(3)
        with corewise.limits(2):
            assert numbers() == (2, 2, 2)
        assert numbers() == (3, 3, 3)


def test_a_thousand_limits_within_one_another():
    with contextlib.ExitStack() as stack:
        for count in range(1000, 0, -1):
            stack.enter_context(corewise.limits(count))
        assert numbers() == (1, 1, 1)


def test_exceptions_pass_and_end_the_limit():
    with pytest.raises(KeyError), corewise.limits(1):
        raise KeyError


def test_the_same_object_again_and_within_itself():
    one = corewise.limits(1)
    for _ in range(2):
        with one:
            with one:
                assert numbers() == (1, 1, 1)
            assert numbers() == (1, 1, 1)
        assert numbers() == BASES


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"cores": 0}, ValueError, "cores must be from 1 to 2147483647, not 0"),
        ({"cores": -3}, ValueError, "not -3"),
        ({"blas": 2**40}, ValueError, "blas must be"),
        ({"cores": 1.0}, TypeError, "cores must be an integer or None, not float"),
        ({"openmp": "2"}, TypeError, "openmp must be an integer"),
        ({"cores": True}, TypeError, "not bool"),
        ({"opnblas": 1}, TypeError, "no runtime .opnblas. to limit; choose from cores.*openblas"),
        ({"libgomp": 0}, ValueError, "libgomp must be"),
    ],
)
def test_bad_numbers(arguments, error, words):
    with pytest.raises(error, match=words):
        corewise.limits(**arguments)


def test_numbers_of_numpy_are_numbers():
    with corewise.limits(numpy.int64(2)):
        assert numbers() == (2, 2, 2)


def test_other_threads():
    """OpenMP's number is each thread's own; OpenBLAS's is the smallest limit of all threads."""
    entered, leave = threading.Event(), threading.Event()

    def other():
        with corewise.limits(1):
            entered.set()
            leave.wait()

    thread = threading.Thread(target=other)
    thread.start()
    entered.wait()
    assert numbers() == (1, 1, 6)
    with corewise.limits(3):
        assert numbers() == (1, 1, 3)
        leave.set()
        thread.join()
        assert numbers() == (3, 3, 3)


def test_a_thread_that_ends_inside_a_limit():
    def end_inside():
        corewise.limits(1).__enter__()
        assert numbers()[:2] == (1, 1)

    thread = threading.Thread(target=end_inside)
    thread.start()
    thread.join()
    # Python's part of it has ended: what belongs to the thread itself goes a moment later.
    while os.path.exists(f"/proc/self/task/{thread.native_id}"):
        time.sleep(0.001)


def test_ends_in_another_thread():
    """The numbers are put back when the thread that was limited next uses corewise."""
    limit = corewise.limits(1)
    limit.__enter__()
    in_thread(lambda: limit.__exit__())
    with corewise.limits(3):
        assert numbers() == (3, 3, 3)


def test_decorated_functions():
    @corewise.limits(1)
    def used(power, *, depth):
        """Says."""
        return numbers() if depth == 0 else used(power, depth=depth - 1)

    assert used(1, depth=3) == (1, 1, 1)
    assert (used.__name__, used.__doc__) == ("used", "Says.")


def test_decorated_generators_are_limited_while_they_run():
    @corewise.limits(1)
    def steps():
        try:
            while True:
                sent = yield numbers()
                assert sent in (None, "x")
        except KeyError:
            yield "caught"
        finally:
            seen.append(numbers())

    seen = []
    generator = steps()
    assert next(generator) == (1, 1, 1)
    assert numbers() == BASES
    assert generator.send("x") == (1, 1, 1)
    assert generator.throw(KeyError()) == "caught"
    generator.close()
    assert seen == [(1, 1, 1)]


def test_a_generator_that_is_collected():
    def steps():
        with corewise.limits(1):
            yield

    generator = steps()
    next(generator)
    assert numbers() == (1, 1, 1)
    del generator
    gc.collect()
    assert numbers() == BASES


def test_generators_that_end_in_any_order():
    def steps(count):
        with corewise.limits(count):
            yield

    first, second = steps(1), steps(2)
    next(first), next(second)
    assert numbers() == (1, 1, 1)
    first.close()
    assert numbers() == (2, 2, 2)
    second.close()


def test_tasks_do_not_disturb_one_another():
    async def limited(count):
        seen = set()
        async with corewise.limits(count):
            for _ in range(5):
                await asyncio.sleep(0)
                seen.add(numbers())
        return seen

    async def free():
        seen = set()
        for _ in range(5):
            await asyncio.sleep(0)
            seen.add(numbers())
        return seen

    async def main():
        return await asyncio.gather(limited(1), free(), limited(3), limited(2))

    assert asyncio.run(main()) == [{(1, 1, 1)}, {BASES}, {(3, 3, 3)}, {(2, 2, 2)}]


def test_decorated_coroutines_and_asynchronous_generators():
    @corewise.limits(1)
    async def coroutine():
        before = numbers()
        await asyncio.sleep(0)
        return before, numbers()

    @corewise.limits(2)
    async def steps():
        yield numbers()
        await asyncio.sleep(0)
        yield numbers()

    async def main():
        one = asyncio.ensure_future(coroutine())
        await asyncio.sleep(0)
        between = numbers()
        several = [(step, numbers()) async for step in steps()]
        return await one, between, several

    one, between, several = asyncio.run(main())
    assert one == ((1, 1, 1), (1, 1, 1))
    assert between == BASES
    assert several == [((2, 2, 2), BASES)] * 2


def test_copied_limits():
    with corewise.limits(2):
        work = corewise.copy_limits(numbers)
    assert in_thread(work) == (2, 2, 2)
    assert work() == (2, 2, 2)
    assert corewise.copy_limits(numbers) is numbers


@pytest.mark.parametrize("wrapped", [lambda work: work, corewise.copy_limits])
def test_a_pool_s_thread_keeps_nothing_of_a_context_that_ran_there(wrapped):
    """`asyncio.to_thread` runs work in a copy of the task's context."""

    def work():
        with corewise.limits(3):
            return numbers()

    async def main():
        with corewise.limits(1):
            inside = await asyncio.to_thread(wrapped(work))
        return inside, numbers()[:2], (await asyncio.to_thread(numbers))[:2]

    assert asyncio.run(main()) == ((1, 1, 1), BASES[:2], BASES[:2])


def test_a_context_from_before_the_limit_takes_nothing_off_it():
    def work():
        with corewise.limits(1):
            return numbers()

    context = contextvars.copy_context()
    with corewise.limits(2):
        assert context.run(work) == (1, 1, 1)
        assert numbers() == (2, 2, 2)


def test_one_object_in_many_threads_at_once():
    one = corewise.limits(1)
    wrong = []

    def work():
        try:
            for _ in range(3000):
                with one:
                    for _ in range(3):
                        pass
            wrong.extend(corewise.current_limits())
        except BaseException as error:
            wrong.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert wrong == []


def test_decorated_asynchronous_generators_are_such():
    """They pass on what is sent and thrown, and are closed under the limit, also by the loop."""

    @corewise.limits(1)
    async def steps():
        try:
            sent = yield numbers()
            try:
                yield sent
            except KeyError:
                yield "caught"
        finally:
            await asyncio.sleep(0)
            seen.append(numbers())

    async def use():
        generator = steps()
        assert await generator.asend(None) == (1, 1, 1)
        assert await generator.asend("x") == "x"
        assert await generator.athrow(KeyError()) == "caught"
        await generator.aclose()
        await anext(left := steps())
        return left

    seen = []
    assert inspect.isasyncgenfunction(steps)
    left = asyncio.run(use())
    assert seen == [(1, 1, 1)] * 2
    del left


@pytest.mark.skipif(not hasattr(asyncio, "eager_task_factory"), reason="CPython 3.12 and later")
def test_tasks_that_begin_at_once():
    async def limited():
        async with corewise.limits(1):
            await asyncio.sleep(0)

    async def main():
        await limited()
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        task = asyncio.create_task(limited())
        assert numbers() == BASES
        await task

    asyncio.run(main())


def test_forks_inside_a_limit():
    """A forked process keeps its own limit, and loses those of threads that it does not have."""

    def ask_child():
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.write(write, repr(numbers()).encode())
            os._exit(0)
        os.close(write)
        with os.fdopen(read) as answers:
            answer = answers.read()
        assert os.waitpid(child, 0)[1] == 0
        return answer

    entered, leave = threading.Event(), threading.Event()

    def other():
        with corewise.limits(1):
            entered.set()
            leave.wait()

    with corewise.limits(3):
        thread = threading.Thread(target=other)
        thread.start()
        entered.wait()
        assert ask_child() == "(3, 3, 3)"
        assert numbers() == (1, 1, 3)
        leave.set()
        thread.join()


LIMITS = st.fixed_dictionaries(
    {},
    optional={
        "cores": st.integers(1, 8),
        "blas": st.integers(1, 8),
        "openmp": st.integers(1, 8),
        "libgomp": st.integers(1, 8),
    },
)
STEPS = st.lists(st.tuples(st.integers(0, 3), st.one_of(LIMITS, st.integers(0, 5))), max_size=25)


def expected(live, thread):
    """What each pool must report in a thread: the smallest of what counts there, and its own."""

    def of(limit, runtime):
        api = limit.get("blas" if runtime == "openblas" else "openmp", limit.get("cores"))
        return limit.get(runtime, api)

    answer = []
    for runtime, base in zip(RUNTIMES, BASES, strict=True):
        counted = [limit for owner, limit in live if owner == thread or runtime == "openblas"]
        set_here = [of(limit, runtime) for limit in counted if of(limit, runtime) is not None]
        answer.append(min([base, *set_here]))
    return tuple(answer)


@settings(deadline=None, max_examples=150)
@given(STEPS)
def test_any_nesting_in_any_threads(steps):
    """A step begins limits in one of four threads, or ends one that lives, in its thread."""

    def begin_with_base():
        libraries()[2].set_num_threads(BASES[2])

    with contextlib.ExitStack() as stack:
        threads = [stack.enter_context(ThreadPoolExecutor(1)) for _ in range(4)]
        for thread in threads:
            thread.submit(begin_with_base).result()
        live = []
        for number, step in steps:
            if isinstance(step, dict):
                entered = corewise.limits(**step)
                threads[number].submit(entered.__enter__).result()
                live.append((number, step, entered))
            elif live:
                owner, _, entered = live.pop(step % len(live))
                threads[owner].submit(entered.__exit__).result()
            model = [(owner, limit) for owner, limit, _ in live]
            for thread in range(4):
                assert threads[thread].submit(numbers).result() == expected(model, thread)
        while live:
            owner, _, entered = live.pop()
            threads[owner].submit(entered.__exit__).result()


def test_under_the_governor(python):
    environment = clean_environment(OPENBLAS_NUM_THREADS=2)
    facts = told(run(python, program("limits_of_tasks"), env=environment))
    # In the limited thread nobody else worked for its calls, in the other one somebody did.
    assert facts["limited_helpers"] == 0
    assert facts["free_helpers"] > 0
    assert facts["reads"] == [[1, 1], [2, 2]]
    # Work that is handed on takes the limit along.
    ways = ("submit", "map", "pool", "to_thread", "joblib")
    assert facts["handed"] == {way: [1, 1] for way in ways}
    assert facts["not_handed"] == [2, 2]
    assert facts["after"] == [2, 2]


@pytest.mark.parametrize("order", ["govern_inside", "ungovern_inside"])
def test_across_govern_and_ungovern(python, order):
    environment = clean_environment(OPENBLAS_NUM_THREADS=2)
    facts = told(run(python, program("limits_of_tasks"), order, env=environment))
    assert facts["inside"] == [[1, 1]] * 3
    assert facts["after"] == [2, 2]


def test_the_governor_comes_and_goes_while_another_thread_is_limited(python):
    environment = clean_environment(OPENBLAS_NUM_THREADS=2)
    facts = told(run(python, program("limits_of_tasks"), "there_and_gone", env=environment))
    assert facts == {"inside": [1, 1], "after": [2, 2]}


def test_what_is_set_under_a_limit_of_the_governor_s_ends_with_it(python):
    """As threadpoolctl does it: what it puts back is what it has read under the limit."""
    environment = clean_environment()
    facts = told(run(python, program("limits_of_tasks"), "set_inside", env=environment))
    assert facts.pop("helpers") == 0
    assert facts == {
        "before": [2, 2],
        "inside": [1, 1],
        "elsewhere": [4, 4],
        "again": [2, 2],
        "after": [4, 4],
    }


def test_an_openblas_that_cannot_be_governed_and_whose_file_is_gone(python):
    environment = clean_environment(OPENBLAS_NUM_THREADS=2)
    facts = told(run(python, program("limits_of_tasks"), "unknown", env=environment))
    assert facts["seen"] == [1, 4] * 3


def test_an_interpreter_that_ends_inside_a_limit(python):
    code = "import numpy, corewise; corewise.limits(1).__enter__(); print('done')"
    ended = run(python, "-c", code, env=clean_environment())
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"done\n", b"")


def test_at_the_interpreter_s_end(python):
    code = """
import atexit, threading, corewise
def bye():
    with corewise.limits(1):
        print("limited")
atexit.register(bye)
corewise.govern(2)
"""
    ended = run(python, "-c", code, env=clean_environment())
    assert (ended.stdout, ended.stderr) == (b"limited\n", b"")


def test_a_library_that_is_loaded_inside_a_limit(python):
    code = """
import corewise
from corewise import _native
with corewise.limits(1):
    before = len(_native.libraries())
    import numpy
    with corewise.limits(1):
        (library,) = [lib for lib in _native.libraries() if "numpy.libs" in lib.filepath]
        inside = library.get_num_threads()
print(before, inside, library.get_num_threads())
"""
    ended = run(python, "-c", code, env=clean_environment(OPENBLAS_NUM_THREADS=2))
    assert ended.stdout == b"0 1 2\n", ended.stderr


def test_importing_sets_nothing(python):
    code = (
        "import os; a = dict(os.environ); import corewise; corewise.limits; print(a == os.environ)"
    )
    assert run(python, "-c", code, env=clean_environment()).stdout == b"True\n"


@pytest.mark.parametrize("layer", ["workqueue", "omp", "tbb"])
def test_numba(python, layer):
    code = """
import numba, numpy, threading
import corewise

@numba.njit(parallel=True)
def add(a):
    total = 0.0
    for i in numba.prange(len(a)):
        total += a[i]
    return total

with corewise.limits(1):
    pass
add(numpy.ones(10))
seen = [numba.get_num_threads()]
with corewise.limits(3):
    seen.append(numba.get_num_threads())
    with corewise.limits(openmp=2, blas=1):
        seen.append(numba.get_num_threads())
    with corewise.limits(numba=2):
        numba.set_num_threads(1)
        with corewise.limits(2):
            assert numba.get_num_threads() == 1
        numba.set_num_threads(2)
        seen.append(numba.get_num_threads())
        assert add(numpy.ones(10)) == 10
        thread = threading.Thread(target=lambda: seen.append(numba.get_num_threads()))
        thread.start(), thread.join()
seen.append(numba.get_num_threads())
print(*seen)
"""
    environment = clean_environment(NUMBA_NUM_THREADS=4, NUMBA_THREADING_LAYER=layer)
    ended = run(python, "-c", code, env=environment)
    if layer == "tbb" and b"No threading layer" in ended.stderr:
        pytest.skip("TBB is not installed")
    assert ended.stdout == b"4 3 3 2 4 4\n", ended.stderr
