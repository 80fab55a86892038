"""`corewise record --pid`: a program that runs already, from outside."""

from checks import assert_threads_as_the_program_knows
from conftest import PROGRAMS
from execution import clean_environment, execute
from recorded import Recorded


def test_attaching_to_a_running_program(corewise, python, built_modules, started, tmp_path):
    path = tmp_path / "attached.corewise"
    program = started(
        [python, PROGRAMS / "sklearn_hist_gradient_boosting.py"],
        env=clean_environment(PYTHONPATH=built_modules, COREWISE_PROGRAM_SECONDS=6),
    )
    result = execute(corewise, "record", "-o", path, "--pid", program.pid, "--duration", "2")
    assert result.returncode == 0, result.stderr.decode(errors="replace")
    # The program goes on as if nothing had been.
    out, _ = program.communicate()
    assert program.returncode == 0
    result.stdout = b"ready\n" + out
    recorded = Recorded(corewise, path, result)
    assert recorded.report["recording"]["mode"] == "attach"
    assert 1e9 < recorded.report["recording"]["duration_ns"] < 6e9
    assert_threads_as_the_program_knows(recorded)
