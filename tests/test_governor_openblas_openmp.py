"""OpenBLAS that is built on OpenMP, as it comes with FAISS and as Debian's: `make test-long`.

Both are downloads. Its teams wait for ever if one is smaller than OpenBLAS takes it to be.
"""

import os
import subprocess
import sys

import pytest

from execution import clean_environment
from governed.debian import unpacked
from governed.running import program, run, told

pytestmark = [
    pytest.mark.skipif(
        "COREWISE_TEST_LONG" not in os.environ, reason="these are downloads: `make test-long`"
    ),
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="module", params=["wheel", "debian", "debian-lapack"])
def library(request, tmp_path_factory):
    """The path of a library, and the folders of those that it needs."""
    folder = tmp_path_factory.mktemp("openblas")
    if request.param == "wheel":
        words = ["install", "--quiet", "--no-deps", "--target", folder, "faiss-cpu"]
        subprocess.run([sys.executable, "-m", "pip", *words], check=True)
        (found,) = folder.glob("faiss_cpu.libs/libopenblaso*")
        return found, [found.parent]
    libraries = unpacked(folder, "libopenblas0-openmp", "libgfortran5")
    # Debian's libblas and liblapack hold the routines and decide by libopenblas's variables.
    name = "liblapack.so.3" if request.param == "debian-lapack" else "libopenblas.so.0"
    found = libraries / "openblas-openmp" / name
    return found, [found.parent, libraries]


@pytest.fixture
def say(python, library):
    path, folders = library

    def say(*words, **variables):
        variables = {"OMP_NUM_THREADS": 8, "OPENBLAS_NUM_THREADS": 2, **variables}
        search = ":".join(map(str, folders))
        environment = clean_environment(LD_LIBRARY_PATH=search, TEST_WATCHDOG=90, **variables)
        words = [program("openblas_openmp"), path, *words]
        return told(run(python, *words, env=environment, patience=100))

    return say


@pytest.mark.parametrize("cores", [1, 2, 4])
def test_one_caller_gets_the_budget(say, cores):
    assert say("teams", cores) == {"started": cores - 1, "right": True, "ungoverned": 7}


def test_limits_read_back_and_are_obeyed(say):
    rows = say("limits")
    # What OpenBLAS and OpenMP say, threads started since, and what they say after a call.
    assert rows["one"] == [1, 1, 0, 1, 1]
    assert rows["two"] == [2, 2, 1, 2, 2]
    assert rows["eight"] == [8, 8, 3, 8, 8]
    assert rows["openmp"] == [3, 3]
    # threadpoolctl limits such a copy by OpenMP; without the governor the numbers are the same.
    assert rows["in_1"] == [8, 1]
    assert rows["in_3"] == [3, 3]
    assert rows["after"] == rows["ungoverned"] == [3, 8]


@pytest.mark.parametrize("settings", [[], ["settings"]])
@pytest.mark.parametrize("cores", [2, 16])
def test_eight_callers_of_everything(say, cores, settings):
    """With 16 cores each may have two threads, so they compete for the right to."""
    assert say("mixed", cores, *settings, TEST_ROUNDS=30) == {"wrong": []}


def test_the_governor_comes_and_goes_under_calls(say):
    assert say("unseen", TEST_ROUNDS=100) == {"wrong": []}


def test_a_forked_child_computes(say):
    assert say("forks") == {"child": 0, "parent": True}


def test_fixed_counts_hold_for_callers_at_once(say):
    assert say("fixed") == {"wrong": []}
