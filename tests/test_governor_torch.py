"""PyTorch, which is a download of several GB, and a small library built as it is."""

import os
import subprocess
import sys

import pytest

from execution import clean_environment
from governed.compiling import library
from governed.running import corewise_run, program, run, told

large = pytest.mark.skipif(
    "COREWISE_TEST_LONG" not in os.environ, reason="PyTorch is a large download: `make test-long`"
)


def test_teams_of_a_library_that_carries_mkl_are_left_alone(python):
    environment = clean_environment(OMP_NUM_THREADS=4)
    facts = told(run(python, program("mixed"), library("mixed"), env=environment))
    whole = {"numbered": 3, "unnumbered": 4, "setting": 4}
    assert facts["plain"] == {"factorise": [4, 4], "within": [4, 4], **whole}
    # Its calls of MKL have the share, and teams of the size that they were told.
    assert facts["governed"] == {"factorise": [1, 1], "within": [1, 1], **whole}
    # `dgetrf_` and `GOMP_parallel`.
    assert facts["hooked"] <= 2


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """An environment in which PyTorch can be imported."""
    folder = tmp_path_factory.mktemp("torch")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, "torch"]
    subprocess.run(command, check=True)
    return clean_environment(PYTHONPATH=folder, TEST_WATCHDOG=280)


@large
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("how", ["plain", "governed"])
def test_torch_computes_right_and_keeps_its_setting(python, environment, how):
    words = [python, program("results_torch"), how]
    facts = told(run(*words, env=environment, patience=300))
    assert facts["jobs"] > 40
    assert facts["wrong"] == []
    assert facts["settings"] == [8]
    # MKL's routines, not the thousands of functions beside them.
    assert facts["functions"] < 1500


@large
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("options", [(), ("--deterministic",)])
def test_torch_computes_right_from_the_start(python, corewise, environment, options):
    words = [*corewise_run(corewise, "--cores", "2", *options), python, program("results_torch")]
    facts = told(run(*words, "run", env=environment, patience=300))
    assert facts["wrong"] == []
    assert facts["settings"] == [8]


@large
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_of_a_data_loader_compute(python, corewise, environment, method):
    words = [*corewise_run(corewise, "--cores", "2"), python, program("loading_torch"), method]
    facts = told(run(*words, env=environment, patience=300))
    assert facts["items"] == 12
    assert facts["right"]
