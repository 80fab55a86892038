"""What a recording of a governed program says of the governor.

The program is a real one: Python threads that call NumPy's OpenBLAS, whose pool is larger than the
budget. The numbers of the table are compared with what the protocol promises for them.
"""

import importlib.util
import json
import pathlib
import subprocess
import sys

import pytest

from conftest import PROGRAMS
from execution import clean_environment, execute
from recorded import Recorded

BUDGET = 2


def governs():
    """Whether this interpreter has corewise: without it no process can be governed."""
    found = subprocess.run(
        [sys.executable, "-c", "import corewise._native"], check=False, capture_output=True
    )
    return found.returncode == 0


pytestmark = pytest.mark.skipif(not governs(), reason="corewise is not installed here")


@pytest.fixture
def governed(corewise, python, tmp_path):
    """A function: records so many callers of a pool of so many threads, under the governor."""

    def run(callers, pool, *options, seconds=3):
        path = tmp_path / "run.corewise"
        command = [python, PROGRAMS / "callers_of_blas.py", callers, pool]
        result = execute(
            corewise,
            "run",
            "--cores",
            BUDGET,
            "-o",
            path,
            *options,
            "--",
            *command,
            env=clean_environment(COREWISE_PROGRAM_SECONDS=seconds),
        )
        recorded = Recorded(corewise, path, result)
        assert recorded.status == 0, result.stderr.decode(errors="replace")
        return recorded

    return run


def held(corewise, recorded):
    """The counter of held cores, from the Chrome trace: cores of the program at each change."""
    result = execute(corewise, "report", recorded.path, "--chrome-trace", "-")
    events = json.loads(result.stdout)["traceEvents"]
    return [event["args"]["program"] for event in events if event["name"] == "cores held"]


def test_callers_that_fit_the_budget_are_not_oversubscribed(corewise, governed):
    recorded = governed(2, 8)
    governor = recorded.report["summary"]["governor"]
    assert (governor["budget_least"], governor["budget_most"]) == (BUDGET, BUDGET)
    assert governor["regions"] > 10
    # Each of two callers could have used the whole budget, and had its own core.
    assert governor["threads_withheld"] >= 0.8 * governor["regions"]
    assert 1 <= governor["callers_most"] <= 2
    assert governor["cores_held"] > 0.5
    assert governor["cores_held_most"] <= BUDGET + governor["callers_most"]
    for cores in held(corewise, recorded):
        assert cores <= BUDGET + 2
    assert "CW101" not in recorded.codes(), recorded.described()
    assert "CW106" not in recorded.codes(), recorded.described()
    assert "CW105" in recorded.codes()
    summary = recorded.stderr.decode()
    assert "Governor  budget of 2 cores; " in summary
    assert "the governor withheld" in summary


def test_eight_callers_hold_a_core_each_and_no_more(corewise, governed):
    """Their own threads are more than the budget: nobody makes them wait, and that is said."""
    recorded = governed(8, 8)
    governor = recorded.report["summary"]["governor"]
    assert governor["regions"] > 10
    assert 2 < governor["callers_most"] <= 8
    for cores in held(corewise, recorded):
        assert cores <= BUDGET + 8
    for finding in recorded.report["findings"]:
        assert "OpenBLAS" not in finding["title"] or finding["code"] != "CW101", finding
        for fix in finding["fixes"]:
            assert not (fix["command"] or "").startswith("corewise run"), finding


def test_one_caller_that_gets_what_it_asks_for_has_no_finding_of_the_governor(governed):
    recorded = governed(1, 2)
    governor = recorded.report["summary"]["governor"]
    assert governor["regions"] > 10
    # The main thread called before, and counts as a caller of late for a moment.
    assert governor["threads_withheld"] <= 2
    assert not {"CW101", "CW105", "CW106"} & recorded.codes(), recorded.described()
    assert max(recorded.report["timeline"]["cores_held"]) <= BUDGET


def test_an_interpreter_without_corewise_is_out_of_reach(corewise, tmp_path):
    """Its folder of packages is named by PYTHONPATH, where no start-up hook is read."""
    path = tmp_path / "run.corewise"
    base = pathlib.Path(sys.executable).resolve()
    packages = pathlib.Path(importlib.util.find_spec("numpy").origin).parent.parent
    command = [base, PROGRAMS / "callers_of_blas.py", 2, 8]
    environment = clean_environment(COREWISE_PROGRAM_SECONDS=3, PYTHONPATH=packages)
    words = (corewise, "run", "--cores", BUDGET, "-o", path, "--", *command)
    recorded = Recorded(corewise, path, execute(*words, env=environment))
    assert recorded.status == 0, recorded.stderr.decode(errors="replace")
    assert recorded.report["summary"]["governor"]["processes"] == []
    assert {"CW101", "CW106"} <= recorded.codes(), recorded.described()
    finding = next(f for f in recorded.report["findings"] if f["code"] == "CW106")
    assert "OpenBLAS, in an interpreter outside the session" in finding["title"]
    assert finding["fixes"][0]["command"] == f"{base} -m pip install corewise"


def test_a_program_that_does_not_join_is_said_to_be_out_of_the_session(corewise, tmp_path):
    path = tmp_path / "run.corewise"
    command = ("sh", "-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done")
    result = execute(corewise, "run", "--cores", BUDGET, "-o", path, "--", *command)
    recorded = Recorded(corewise, path, result)
    assert recorded.report["summary"]["governor"]["processes"] == []
    assert b"no process of the program joined the session" in recorded.stderr


def test_what_is_not_governed_says_nothing_of_a_governor(corewise, tmp_path):
    path = tmp_path / "run.corewise"
    command = (corewise, "run", "--no-govern", "-o", path, "--", sys.executable, "-c", "pass")
    recorded = Recorded(corewise, path, execute(*command))
    assert recorded.report["summary"]["governor"] is None
    assert recorded.report["timeline"]["cores_held"] is None
    assert b"Governor" not in recorded.stderr
