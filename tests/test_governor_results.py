"""Results are those of the same thread count without the governor, bit for bit."""

import pytest

from execution import clean_environment
from governed.running import corewise_run, program, run, told


@pytest.mark.parametrize("threads", [1, 2])
def test_results_of_one_caller(python, threads):
    """A single caller has the whole budget: the same count as ungoverned, so the same bits."""
    environment = clean_environment(OPENBLAS_NUM_THREADS=2)
    alone, governed = (
        told(run(python, program("results"), how, threads, env=environment))
        for how in ("alone", "governed")
    )
    assert alone.pop("used") == governed.pop("used") == [threads, threads]
    assert len(alone) > 80
    assert {name for name in alone if alone[name] != governed[name]} == set()


@pytest.mark.parametrize("cores", [1, 2])
def test_deterministic_runs_are_equal(corewise, python, cores):
    """Eight callers at once: every region has the same count, whatever the others do."""
    words = [*corewise_run(corewise, "--deterministic", "--cores", cores), python]
    first, second = (
        told(run(*words, program("results_fixed"), env=clean_environment(OPENBLAS_NUM_THREADS=2)))
        for _ in range(2)
    )
    assert first["counts"] == second["counts"] == [cores]
    assert first["digests"] == second["digests"]


def test_deterministic_processes(corewise, python):
    """The first process has the budget, every other one thread."""
    words = [*corewise_run(corewise, "--deterministic", "--cores", "2"), python]
    facts = told(run(*words, program("results_first"), env=clean_environment()))
    assert facts == {"first": 2, "child": 1, "fork": 1, "fork_end": 0, "first_again": 2}


def test_deterministic_after_a_fork(python):
    """A child that governs itself is the first process of its own session."""
    code = (
        "import os, look, numpy, corewise\n"
        "corewise.govern(cores=2); corewise.ungovern()\n"
        "pid = os.fork()\n"
        "if pid == 0:\n"
        "    corewise.govern(cores=2, deterministic=True)\n"
        "    a = numpy.ones((400, 400)); a @ a\n"
        "    os._exit(look.number_of('numpy'))\n"
        "look.say(used=look.end_of(pid))\n"
    )
    environment = clean_environment(OPENBLAS_NUM_THREADS=2)
    assert told(run(python, "-c", code, env=environment, cwd=program("look").parent))["used"] == 2
