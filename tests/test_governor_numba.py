"""Numba's threading layers that are no OpenMP. TBB is a download: `make test-long` has it."""

import os
import subprocess
import sys

import pytest

from execution import clean_environment
from governed.running import corewise_run, program, run, told

WHEN = ["after", "before", "compiled"]


@pytest.fixture(scope="module")
def tbb(tmp_path_factory):
    """The folder of TBB's library."""
    if "COREWISE_TEST_LONG" not in os.environ:
        pytest.skip("TBB is a download: `make test-long`")
    folder = tmp_path_factory.mktemp("tbb")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--prefix", folder, "tbb"]
    subprocess.run(command, check=True)
    return folder / "lib"


def facts(python, layer, when, **variables):
    environment = clean_environment(NUMBA_NUM_THREADS=6, **variables)
    said = told(run(python, program("layers_numba"), layer, when, env=environment))
    assert said["layer"] == layer
    return said


@pytest.mark.parametrize("when", WHEN)
def test_workqueue(python, when):
    said = facts(python, "workqueue", when)
    assert said["ungoverned"] == [6, 6, [6], 6]
    if when == "compiled":
        # It keeps the address that it was compiled with.
        assert said["set_6"] == said["again"] == [6, 6, [6], 6]
        return
    assert said["set_1"] == [1, 1, [1], 1]
    assert said["set_2"] == [2, 2, [2], 2]
    # What was set reads back; two threads did the work of six.
    assert said["set_6"] == said["again"] == [6, 2, [2], 6]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("when", WHEN)
def test_tbb(python, tbb, when):
    said = facts(python, "tbb", when, LD_LIBRARY_PATH=tbb)
    # A thread that comes late gets nothing to do, so the number is at most the share.
    most = 6 if when == "compiled" else 2
    for name in ("set_1", "set_2", "set_6", "again"):
        count = 6 if name == "again" else int(name[-1])
        before, ran, masks, after = said[name]
        assert before == after == count, name
        assert 1 <= ran <= min(count, most), name
        assert masks == [min(count, most)], name
    assert said["nested"] is True
    assert said["after_nested"] == 6
    assert said["ungoverned"][2:] == [[6], 6]


@pytest.mark.parametrize("when", ["after", "before"])
def test_under_corewise_run(corewise, python, when):
    words = [*corewise_run(corewise, "--cores", "2"), python, program("layers_numba")]
    environment = clean_environment(NUMBA_NUM_THREADS=6)
    said = told(run(*words, "workqueue", when, env=environment))
    assert said["set_6"] == [6, 2, [2], 6]
