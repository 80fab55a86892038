"""MKL, which is 200 MB to download: `make test-long` runs this."""

import os
import subprocess
import sys

import pytest

from execution import clean_environment
from governed.compiling import library
from governed.running import program, run, told

pytestmark = pytest.mark.skipif(
    "COREWISE_TEST_LONG" not in os.environ, reason="MKL is a large download: `make test-long`"
)


@pytest.fixture(scope="module")
def runtime(tmp_path_factory):
    """The path of MKL's library."""
    folder = tmp_path_factory.mktemp("mkl")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--prefix", folder, "mkl"]
    subprocess.run(command, check=True)
    (found,) = folder.glob("lib/libmkl_rt.so.*")
    return found


@pytest.mark.timeout(600)
def test_mkl_gets_its_share_and_keeps_its_setting(python, runtime):
    module = library("mkl", ("-Wl,--no-as-needed", str(runtime), f"-Wl,-rpath,{runtime.parent}"))
    environment = clean_environment(MKL_NUM_THREADS=8, MKL_DYNAMIC="FALSE")

    def facts(how):
        words = [python, program("limits_mkl"), module, runtime, how]
        return told(run(*words, env=environment))

    plain, governed = facts("plain"), facts("governed")
    assert plain["right"]
    assert governed["right"]
    assert plain["started"] >= 7
    assert 1 <= governed["started"] < 7
    assert plain["reads"] == governed["reads"] == 8
