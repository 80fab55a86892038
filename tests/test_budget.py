"""`budget()`, `split()` and `cores()`: the one number, by task, set and divided."""

import asyncio
import concurrent.futures
import contextvars
import gc
import os
import threading

import numpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

import corewise
import corewise._budget
from execution import execute

CORES = st.integers(1, 200)


def in_new_thread(function, *args):
    """What `function` returns in a thread that knows nothing of its starter's context."""
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        return pool.submit(contextvars.Context().run, function, *args).result()


def blas_threads():
    """How many threads a call of NumPy's OpenBLAS would use in this thread."""
    (size,) = (pool.size for pool in corewise.pools() if "numpy.libs/libscipy_open" in pool.path)
    return size


def test_without_a_budget_cores_are_the_allowed_cores():
    assert corewise.cores() == corewise.cpu_count()


@given(CORES, CORES)
def test_a_budget_inside_a_budget_has_at_most_its_cores(outer, inner):
    with corewise.budget(outer) as here:
        assert here == corewise.cores() == outer
        with corewise.budget(inner) as here:
            assert here == corewise.cores() == min(outer, inner)
        assert corewise.cores() == outer
    assert corewise.cores() == corewise.cpu_count()


@given(st.lists(CORES, max_size=6).flatmap(lambda n: st.tuples(st.just(n), st.permutations(n))))
def test_budgets_end_in_any_order(begins_and_ends):
    begins, ends = begins_and_ends
    entered = []
    for number in begins:
        entered.append((number, corewise.budget(number)))
        entered[-1][1].__enter__()
    for number in ends:
        assert corewise.cores() == min(other for other, _ in entered)
        place = [other for other, _ in entered].index(number)
        entered.pop(place)[1].__exit__(None, None, None)
    assert corewise.cores() == corewise.cpu_count()


def test_one_budget_entered_several_times_and_from_several_threads():
    budget = corewise.budget(3)
    with budget, budget:
        assert corewise.cores() == 3

        def elsewhere():
            before = corewise.cores()
            with budget:
                return before, corewise.cores(), before == corewise.cores()

        assert in_new_thread(elsewhere)[1] == 3
        assert corewise.cores() == 3
    assert corewise.cores() == corewise.cpu_count()


def test_a_budget_that_is_left_in_another_context_is_over_in_both():
    budget = corewise.budget(1)
    contextvars.copy_context().run(budget.__enter__)
    budget.__exit__(None, None, None)
    assert corewise.cores() == corewise.cpu_count()
    assert blas_threads() == corewise.cpu_count()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, GeneratorExit])
def test_a_budget_ends_with_an_exception(error):
    with pytest.raises(error), corewise.budget(1), corewise.split(2) as parts, parts[0]:
        raise error
    assert corewise.cores() == corewise.cpu_count()


@pytest.mark.parametrize("name", ["n", "k"])
@pytest.mark.parametrize(
    ("value", "error"),
    [
        (0, ValueError),
        (-1, ValueError),
        (65_537, ValueError),
        (2.0, TypeError),
        ("2", TypeError),
        (True, TypeError),
        (None, TypeError),
    ],
)
def test_a_bad_value_is_named(name, value, error):
    function = {"n": corewise.budget, "k": corewise.split}[name]
    with pytest.raises(error, match=rf"^{name} must be .*{value}"):
        function(value)
    assert corewise.cores() == corewise.cpu_count()


def test_numpy_integers_are_integers():
    with corewise.budget(numpy.int64(3)), corewise.split(numpy.uint8(2)) as parts:
        assert [part.cores for part in parts] == [2, 1]


def test_a_limit_on_cores_counts():
    with corewise.budget(4), corewise.limits(cores=3):
        assert corewise.cores() == 3
        with corewise.budget(2):
            assert corewise.cores() == 2
        with corewise.split(2) as parts:
            assert [part.cores for part in parts] == [2, 1]
    with corewise.limits(cores=1):
        assert corewise.cores() == 1
    with corewise.limits(cores=100):
        assert corewise.cores() == corewise.cpu_count()


def test_other_threads_do_not_see_a_budget_and_copies_of_the_context_do():
    with corewise.budget(3):
        assert in_new_thread(corewise.cores) == corewise.cpu_count()
        assert in_new_thread(contextvars.copy_context().run, corewise.cores) == 3
        assert in_new_thread(corewise.copy_limits(corewise.cores)) == 3


def test_tasks_inherit_a_budget_and_have_their_own():
    async def worker(number, here, there):
        with corewise.budget(number):
            here.set()
            await there.wait()
            return corewise.cores()

    async def main():
        with corewise.budget(5):
            one, two = asyncio.Event(), asyncio.Event()
            inherited = asyncio.create_task(asyncio.to_thread(corewise.cores))
            return await asyncio.gather(worker(2, one, two), worker(7, two, one), inherited)

    assert asyncio.run(main()) == [2, 5, 5]


class TestDecorated:
    def test_function(self):
        @corewise.budget(2)
        def function(a, *, b):
            """Doc."""
            return a, b, corewise.cores()

        assert function(1, b=3) == (1, 3, 2)
        assert (function.__name__, function.__doc__) == ("function", "Doc.")
        assert corewise.cores() == corewise.cpu_count()

    def test_recursion(self):
        @corewise.budget(3)
        def depth(n):
            return corewise.cores() if n == 0 else depth(n - 1)

        assert depth(5) == 3

    def test_coroutine(self):
        @corewise.budget(3)
        async def function():
            await asyncio.sleep(0)
            return corewise.cores()

        async def main():
            return await function(), corewise.cores()

        assert asyncio.run(main()) == (3, corewise.cpu_count())

    def test_generator(self):
        @corewise.budget(3)
        def numbers():
            seen = []
            try:
                while True:
                    try:
                        seen.append((yield corewise.cores()))
                    except KeyError:
                        seen.append("error")
                    if len(seen) == 3:
                        return seen
            finally:
                ended.append(corewise.cores())

        ended = []
        generator = numbers()
        assert next(generator) == 3
        assert corewise.cores() == corewise.cpu_count()
        assert generator.send("sent") == 3
        assert generator.throw(KeyError()) == 3
        with pytest.raises(StopIteration) as stop:
            generator.send("last")
        assert stop.value.value == ["sent", "error", "last"]
        assert ended == [3]

        generator = numbers()
        next(generator)
        del generator
        gc.collect()
        assert ended == [3, 3]
        assert corewise.cores() == corewise.cpu_count()

    def test_asynchronous_generator(self):
        @corewise.budget(3)
        async def numbers():
            sent = None
            try:
                while sent != "last":
                    try:
                        sent = yield corewise.cores()
                    except KeyError:
                        sent = yield "error"
            finally:
                ended.append(corewise.cores())

        ended = []

        async def main():
            generator = numbers()
            assert await anext(generator) == 3
            assert corewise.cores() == corewise.cpu_count()
            assert await generator.athrow(KeyError()) == "error"
            assert await generator.asend("sent") == 3
            with pytest.raises(StopAsyncIteration):
                await generator.asend("last")
            generator = numbers()
            assert await anext(generator) == 3
            await generator.aclose()
            assert corewise.cores() == corewise.cpu_count()

        asyncio.run(main())
        assert ended == [3, 3]


@given(CORES, CORES)
def test_parts_are_even_and_make_the_whole(whole, k):
    with corewise.budget(whole), corewise.split(k) as parts:
        numbers = [part.cores for part in parts]
        assert len(numbers) == k
        assert numbers == sorted(numbers, reverse=True)
        assert max(numbers) - min(numbers) <= 1
        assert min(numbers) >= 1
        assert sum(numbers) == max(whole, k)


class Splitting(RuleBasedStateMachine):
    """Splits of parts of splits, whose parts are entered and left in any order."""

    def __init__(self):
        super().__init__()
        self.divisions = []
        self.inside = {}

    def teardown(self):
        for part, context in self.inside.items():
            context.run(part.__exit__, None, None, None)

    @rule(whole=CORES, k=st.integers(1, 5))
    def begin(self, whole, k):
        with corewise.budget(whole):
            context = contextvars.copy_context()
            self._split(context, lambda: whole, k)

    def _split(self, context, whole, k):
        splitting = context.run(corewise.split, k)
        parts = context.run(splitting.__enter__)
        self.divisions.append(
            dict(whole=whole, live=list(parts), waiting=list(parts), of=splitting)
        )

    @precondition(lambda self: any(it["waiting"] for it in self.divisions))
    @rule(data=st.data())
    def enter(self, data):
        division = data.draw(st.sampled_from([it for it in self.divisions if it["waiting"]]))
        part = division["waiting"].pop(data.draw(st.integers(0, len(division["waiting"]) - 1)))
        context = contextvars.Context()
        context.run(part.__enter__)
        self.inside[part] = context
        if part not in division["live"]:
            division["live"].append(part)
            division["late"] = True

    @precondition(lambda self: self.inside)
    @rule(data=st.data(), k=st.integers(1, 5))
    def split(self, data, k):
        part = data.draw(st.sampled_from(list(self.inside)))
        self._split(self.inside[part], lambda: part.cores, k)

    @precondition(lambda self: self.inside)
    @rule(data=st.data())
    def leave(self, data):
        part = data.draw(st.sampled_from(list(self.inside)))
        self.inside.pop(part).run(part.__exit__, None, None, None)
        for division in self.divisions:
            if part in division["live"]:
                division["live"].remove(part)

    @precondition(lambda self: any(it["of"] for it in self.divisions))
    @rule(data=st.data())
    def close(self, data):
        division = data.draw(st.sampled_from([it for it in self.divisions if it["of"]]))
        division["of"].__exit__(None, None, None)
        division["of"] = None
        division["live"] = [part for part in division["live"] if part not in division["waiting"]]

    @invariant()
    def every_core_is_given_once(self):
        for division in self.divisions:
            numbers = [part.cores for part in division["live"]]
            if not numbers:
                continue
            assert min(numbers) >= 1
            assert sum(numbers) <= max(division["whole"](), len(numbers)) or division.get("late")
            if not division.get("late"):
                assert sum(numbers) == max(division["whole"](), len(numbers))
                assert max(numbers) - min(numbers) <= 1

    @invariant()
    def a_task_has_what_its_part_has(self):
        for part, context in self.inside.items():
            assert context.run(corewise.cores) == part.cores


TestSplitting = Splitting.TestCase
TestSplitting.settings = settings(max_examples=50, stateful_step_count=20)


def test_a_part_is_entered_once():
    with corewise.budget(4), corewise.split(2) as parts:
        assert parts[0].run(corewise.cores) == 2
        with pytest.raises(RuntimeError, match="entered once"):
            parts[0].run(corewise.cores)
        assert parts[1].run(lambda: corewise.cores()) == 4
    assert corewise.cores() == corewise.cpu_count()


def test_a_part_that_fails_gives_its_cores_back():
    with corewise.budget(4), corewise.split(2) as parts:
        with pytest.raises(ZeroDivisionError):
            parts[0].run(lambda: 1 / 0)
        assert parts[1].cores == 4


def test_threads_that_end_leave_their_cores_to_the_others():
    """Four threads end one after the other; each sees its cores grow."""
    seen = {}
    turns = [threading.Event() for _ in range(5)]

    def work(number):
        with parts[number]:
            started.wait()
            turns[number].wait()
            seen[number] = corewise.cores()
        turns[number + 1].set()

    with corewise.budget(12), corewise.split(4) as parts:
        started = threading.Barrier(5)
        threads = [
            threading.Thread(target=work, args=(number,), daemon=True) for number in range(4)
        ]
        for thread in threads:
            thread.start()
        started.wait()
        assert [part.cores for part in parts] == [3, 3, 3, 3]
        turns[0].set()
        for thread in threads:
            thread.join()
    assert seen == {0: 3, 1: 4, 2: 6, 3: 12}


def test_pools_are_limited_to_the_budget_and_follow_a_part_that_grows():
    whole = corewise.cpu_count()
    if whole < 2:
        pytest.skip("one core cannot be divided")
    assert blas_threads() == whole
    with corewise.budget(1):
        assert blas_threads() == 1
    assert blas_threads() == whole

    def work(last):
        with last:
            before = blas_threads()
            parts[0].run(corewise.cores)
            return before, corewise.cores(), blas_threads()

    with corewise.budget(2), corewise.split(2) as parts:
        assert in_new_thread(work, parts[1]) == (1, 2, 2)
    assert blas_threads() == whole


def test_a_session_bounds_a_budget(python):
    program = (
        "import corewise; corewise.govern(3); "
        "budget = corewise.budget(8); before = corewise.cores(); budget.__enter__(); "
        "print(before, corewise.cores(), corewise.budget(2).__enter__())"
    )
    result = execute(python, "-c", program)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == [b"3", b"3", b"2"]


def test_a_forked_process_has_its_parents_budget():
    with corewise.budget(3), corewise.split(2) as parts, parts[0]:
        child = os.fork()
        if child == 0:
            os._exit(corewise.cores() * 10 + parts[1].run(corewise.cores))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 21
