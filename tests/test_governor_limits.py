"""What the program limits stays limited: by threadpoolctl, variables, setters and clauses.

The budget is 2 everywhere, and there is one caller, so a share is 2 threads.
"""

import pathlib
import sys

import pytest

from execution import clean_environment
from governed.compiling import library
from governed.running import corewise_run, program, run, told


@pytest.fixture
def two(python):
    """A function: runs a program on pools that begin with 2 threads, returns what it says."""

    def say(name, *arguments, **variables):
        variables = {"OPENBLAS_NUM_THREADS": 2, "OMP_NUM_THREADS": 2, **variables}
        environment = clean_environment(**variables)
        return told(run(python, program(name), *arguments, env=environment))

    return say


def test_threadpool_limits(two):
    facts = two("limits_threadpoolctl", "plain")
    ones, twos = [1, 1], [2, 2]
    assert facts["before"] == facts["governed"] == facts["used"] == twos
    assert facts["in_1"] == facts["in_1_again"] == [ones, ones, ones]
    assert facts["in_2"] == facts["after"] == facts["after_7"] == [twos, twos, twos]
    # More than there are: what was set is what is read, and what is used is the share.
    assert facts["in_7"] == [[7, 7], twos, [7, 7]]
    assert facts["ungoverned"] == [twos, twos, twos]


def test_threadpool_limits_from_two_threads(two):
    facts = two("limits_threadpoolctl", "from_two_threads")
    ones, twos = [1, 1], [2, 2]
    assert facts["other"] == facts["beside"] == facts["both"] == [ones, ones]
    assert facts["after"] == [twos, twos]


@pytest.mark.parametrize("when", ["after", "before", "used"])
def test_a_kept_controller(two, when):
    """Made before govern(), after it, or made and used before: its functions are cached then."""
    facts = two("limits_threadpoolctl", "controller", when)
    ones, twos = [1, 1], [2, 2]
    assert facts["governed"] == [twos, twos, twos]
    assert facts["in_1"] == [ones, ones, ones, ones]
    assert facts["after"] == [twos, twos, twos, twos]
    assert facts["ungoverned"] == [twos, twos, twos, twos]
    assert facts["in_1_ungoverned"] == [ones, ones, ones, ones]


def test_limits_across_govern_and_ungovern(two):
    facts = two("limits_threadpoolctl", "on_both_sides")
    ones, twos = [1, 1], [2, 2]
    assert facts["within"] == facts["within_again"] == [ones, ones]
    assert facts["after"] == facts["after_again"] == facts["ungoverned"] == [twos, twos]


def test_limits_while_a_library_comes_and_goes(two):
    """What four callers share for a moment must not become the program's limit."""
    facts = two("limits_threadpoolctl", "while_a_library_comes_and_goes", library("team"))
    assert facts["busy"] == [2, 2]
    assert facts["ungoverned"] == [2, 2]


def test_openblas_setters_and_getters(two):
    facts = two("limits_setters")
    for copy in ("numpy", "scipy"):
        assert facts[copy][:4] == [[1, 1], [2, 2], [5, 2], [1, 1]], copy
        assert facts[copy][4] == [True, 2], copy
        # openblas_set_num_threads_local gives the number before.
        assert facts[copy][5:] in ([], [[2, 1, 1]]), copy
    assert facts["after"] == [2, 2]


@pytest.mark.parametrize("when", ["before", "after"])
def test_govern_and_ungovern_in_turn(two, when):
    """govern() before and after the import; ungovern() gives the pools their own numbers."""
    facts = two("limits_cycles", when)
    assert facts["alone"] == facts["first"] == facts["last"] == [2, 2]
    governed = [row for row in facts["rounds"] if row[0] != "ungoverned"]
    assert governed == [[1, 1], [2, 2], [2, 2], [1, 1]]
    assert [row for row in facts["rounds"] if row not in governed] == [["ungoverned", 2, 2]] * 4
    assert facts["numbers"] == facts["pools"] == [2, 2]
    assert facts["functions"] == 0


def test_govern_again_begins_anew(two):
    """Without ungovern() between, a larger budget counts at once too."""
    assert two("limits_cycles", "after")["again"] == [[1, 1], [2, 2], [1, 1], [2, 2]]


@pytest.mark.parametrize("how", ["govern", "run"])
@pytest.mark.parametrize(
    ("variables", "blas", "openmp", "clause"),
    [
        ({"OPENBLAS_NUM_THREADS": 1, "OMP_NUM_THREADS": 2}, 1, 2, [1, 2, 2]),
        ({"OPENBLAS_NUM_THREADS": 2, "OMP_NUM_THREADS": 1}, 2, 1, [1, 2, 2]),
        ({"OMP_NUM_THREADS": 1}, 1, 1, [1, 2, 2]),
        ({"OMP_NUM_THREADS": 6, "OPENBLAS_NUM_THREADS": 2}, 2, 2, [1, 2, 2]),
        ({"OMP_NUM_THREADS": 2, "OMP_THREAD_LIMIT": 1, "OPENBLAS_NUM_THREADS": 1}, 1, 1, [1] * 3),
    ],
)
def test_variables_of_the_user(corewise, python, how, variables, blas, openmp, clause):
    words = [python, program("limits_variables"), library("team")]
    if how == "run":
        words = [*corewise_run(corewise, "--cores", "2"), *words]
    facts = told(run(*words, env=clean_environment(**variables)))
    assert facts["blas"] == blas
    assert facts["openmp"] == openmp
    assert facts["clause"] == clause
    # The variable itself reads back as it was set.
    assert facts["openmp_asks"] == variables["OMP_NUM_THREADS"]
    # A library without its own variable follows OMP_NUM_THREADS.
    assert set(facts["blas_reported"]) == {blas}


def test_openmp_settings(two):
    facts = two("limits_openmp", library("team"))
    assert facts["set_1"] == [1, 1, 1, 1]
    assert facts["set_2"] == [2, 2, 2, 2]
    assert facts["set_6"] == [6, 6, 2, 6]
    assert facts["limit_1"] == [1, 1]
    assert facts["after"] == [6, 2]
    # The cores are given out: a region inside of a region has its caller's.
    assert facts["nested"] == [1, 2]
    assert facts["ungoverned"] == [6, 6]
    assert facts["right"] is True


def test_numba_set_num_threads(two):
    facts = two("limits_numba", NUMBA_NUM_THREADS=6, OMP_NUM_THREADS=6)
    assert facts["layer"] == "omp"
    assert facts["set_1"] == [1, 1, 64]
    assert facts["set_2"] == [2, 2, 64]
    # numba itself splits the loop among as many as were set; none is lost.
    assert facts["set_6"][0] == 6
    assert facts["set_6"][2] == 64
    assert facts["ungoverned"][0] == 6
    assert facts["ungoverned"][2] == 64


def test_intel_openmp(two):
    """Regions of __kmpc_fork_call, with as many arguments as a compiler passes."""
    runtime = pathlib.Path(sys.prefix) / "lib" / "libiomp5.so"
    if not runtime.exists():
        pytest.skip("no intel-openmp for this machine")
    path = library("kmp", ("-fno-openmp", str(runtime)))
    facts = two("limits_kmp", runtime, path, OMP_NUM_THREADS=3)
    # Asks for 3; a clause of 1 and of 4 holds for one region.
    assert facts["alone"] == [3, 3, 1, 4, 3]
    assert facts["governed"] == [3, 2, 1, 2, 2]
    assert facts["sum"] == 2066
    assert facts["set_1"] == [1, 1, 1, 2, 1]
    assert facts["ungoverned"] == [3, 3, 1, 4, 3]
    assert facts["right"] is True
