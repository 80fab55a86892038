"""Ray's local workers are governed too. A large download: `make test-long` runs this."""

import os
import subprocess
import sys

import pytest

from execution import clean_environment
from governed.running import corewise_run, program, run, told

pytestmark = [
    pytest.mark.skipif(
        "COREWISE_TEST_LONG" not in os.environ, reason="Ray is a large download: `make test-long`"
    ),
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="module")
def ray(tmp_path_factory):
    """A folder with Ray and what it needs."""
    folder = tmp_path_factory.mktemp("ray")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", folder, "ray"]
    if subprocess.run(command, check=False).returncode != 0:
        pytest.skip("no Ray for this interpreter")
    return folder


@pytest.mark.parametrize("how", ["run", "governed"])
def test_workers(corewise, python, ray, how):
    words = [python, program("reach_ray"), how]
    if how == "run":
        words = [*corewise_run(corewise, "--cores", "3"), *words]
    environment = clean_environment(PYTHONPATH=ray, RAY_USAGE_STATS_ENABLED=0, TEST_WATCHDOG=90)
    facts = told(run(*words, env=environment, patience=100))
    assert facts["own"]["active"] is True
    assert facts["own"]["budget"] == 3
    assert facts["own"]["session"]
    assert facts["workers"] == [facts["own"]] * 3
