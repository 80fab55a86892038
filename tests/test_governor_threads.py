"""Threads of all sorts: those of signals, of C code, that import, that compute while the governor
comes and goes."""

import importlib.util

import pytest

from execution import clean_environment
from governed.compiling import library
from governed.running import corewise_run, program, run, told


@pytest.fixture
def environment():
    return clean_environment(OPENBLAS_NUM_THREADS=2, OMP_NUM_THREADS=2)


def test_signal_handlers_that_compute(python, environment):
    facts = told(run(python, program("threads_signals"), env=environment))
    assert facts["came"] >= 60
    assert len(facts["kinds"]) == 2
    assert facts["wrong"] == []
    assert facts["used"] in (1, 2)


def test_threads_that_python_does_not_know(python, environment):
    words = [python, program("threads_foreign"), library("foreign")]
    facts = told(run(*words, env=environment))
    assert facts == {"few": True, "many": True, "again": True, "used": facts["used"]}


def test_imports_in_several_threads(python, environment):
    facts = told(run(python, program("threads_import"), env=environment))
    assert facts["failed"] == []
    assert facts["limited"] == [1, 1]
    assert facts["used"] == [2, 2]
    # Nothing was missed: a look at everything anew finds no more.
    assert facts["found"] == facts["all"] > 1000


def test_govern_and_ungovern_while_others_compute(python, environment):
    facts = told(run(python, program("threads_cycles"), 25, env=environment))
    assert facts["wrong"] == []
    assert facts["stuck"] == [False] * 4
    assert facts["before"] == facts["after"] == [2, 2]
    assert facts["used"] == 2


def test_leaving_a_session_in_the_middle_of_calls_leaks_no_core(corewise, python, environment):
    words = [*corewise_run(corewise, "--cores", "2"), python, program("threads_leak")]
    facts = told(run(*words, env=environment))
    assert facts == {"ends": [0, 0], "used": 2}


def test_a_subinterpreter(corewise, python, environment):
    """corewise cannot be imported in there, and need not: it says nothing of it."""
    names = ("_interpreters", "_xxsubinterpreters")
    if not any(importlib.util.find_spec(name) for name in names):
        pytest.skip("this Python has no subinterpreters")
    words = [*corewise_run(corewise, "--cores", "2"), python, program("threads_subinterpreter")]
    result = run(*words, env=environment)
    assert told(result) == {"right": True, "used": 2, "active": True}
    assert result.stderr == b""


def test_rejoining_while_others_compute_leaks_nothing(corewise, python, environment):
    """Leases that were taken before ungovern() are given back after it."""
    words = [*corewise_run(corewise, "--cores", "2"), python, program("threads_rejoin"), 4]
    facts = told(run(*words, env=environment))
    assert facts["cycles"] > 20
    assert facts["wrong"] == 0
    assert facts["used"] == 2


def test_govern_while_another_thread_loads_libraries(python, environment, tmp_path):
    """A library is listed by the dynamic linker before it is ready."""
    words = [python, program("install_meanwhile"), tmp_path, library("loader")]
    facts = told(run(*words, env=environment))
    assert facts["rounds"] >= 1
    assert set(facts["limits"]) == set(facts["pools"]) == {2}
