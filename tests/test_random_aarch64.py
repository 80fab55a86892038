"""corewise-rng on aarch64: there too NumPy's bits, and those of this machine. A download:
`make test-long`.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    "COREWISE_TEST_LONG" not in os.environ, reason="compilers are a download: `make test-long`"
)

ROOT = Path(__file__).resolve().parent.parent
CANNOT = 77


@pytest.fixture(scope="module")
def run():
    """What the script wrote."""
    result = subprocess.run(
        ["sh", ROOT / "tests" / "aarch64.sh"],
        env={**os.environ, "COREWISE_TEST_PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode == CANNOT:
        pytest.skip(result.stderr.strip().splitlines()[-1])
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout + result.stderr


def test_the_crates_tests_pass(run):
    passed = [
        int(number) for number in re.findall(r"test result: ok\. (\d+) passed; 0 failed", run)
    ]
    assert len(passed) >= 2
    assert all(passed)


def test_numpy_for_aarch64_was_there_to_compare_with(run):
    assert "test values_and_states_are_numpys ... ok" in run
    assert "SKIPPED" not in run


def test_streams_are_those_of_this_machine(run):
    (number,) = re.findall(r"(\d+) streams are the same on x86-64 and aarch64", run)
    assert int(number) > 400
