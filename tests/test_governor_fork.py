"""fork: while others are in BLAS, from a thread, from two at once, after OpenMP regions."""

import pytest

from execution import clean_environment
from governed.compiling import library
from governed.running import corewise_run, program, run, told


@pytest.mark.parametrize("where", ["main", "thread"])
def test_fork_while_others_are_in_blas(python, where):
    environment = clean_environment(OPENBLAS_NUM_THREADS=2)
    facts = told(run(python, program("fork_busy"), where, 20, env=environment))
    assert facts["ends"] == [0] * 20
    assert facts["went_on"] == [True] * 4
    assert facts["wrong"] == []
    assert facts["stuck"] == [False] * 4
    assert facts["right"] is True


def test_fork_right_after_govern(python):
    """Calls that began before there was a hook are under way still."""
    environment = clean_environment(OPENBLAS_NUM_THREADS=2, TEST_WATCHDOG=20)
    facts = told(run(python, program("fork_early"), env=environment))
    assert facts["ends"] == [0] * 6
    assert facts["wrong"] == []
    assert facts["went_on"] == [True] * 4


def test_two_threads_fork_at_once(python):
    """From glibc 2.36 on handlers of two forks run at the same time."""
    environment = clean_environment(OPENBLAS_NUM_THREADS=2, TEST_WATCHDOG=30)
    facts = told(run(python, program("fork_at_once"), library("forks"), env=environment))
    assert facts["bad"] == [0, 0]
    assert facts["wrong"] == []
    assert facts["went_on"] == [True] * 4


@pytest.mark.parametrize("what", ["team", "sklearn"])
def test_an_openmp_region_before_and_after_a_fork(python, what):
    """A fork does not copy the team's threads: ungoverned, the child waits for them for ever."""
    words = [python, program("fork_openmp"), what]
    if what == "team":
        words.append(library("team"))
    facts = told(run(*words, env=clean_environment(OMP_NUM_THREADS=2)))
    assert facts.pop("before") is True
    assert facts.pop("parent") is True
    assert facts == dict.fromkeys(facts, 0)


def test_more_processes_than_a_session_has_room_for(corewise, python):
    """Those beyond have one core each; the rest share as ever, and nothing is left over."""
    words = [*corewise_run(corewise, "--cores", "2"), python, program("fork_many")]
    facts = told(run(*words, env=clean_environment(OPENBLAS_NUM_THREADS=2)))
    assert facts == {"right": True, "ends": [0], "used": 2}
