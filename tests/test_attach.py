"""`corewise record --pid`: a program that runs already, from outside."""

import signal

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


def test_ready_is_said_when_it_records(corewise, python, started, tmp_path):
    """What the program does after that line is recorded, and what it did before is not."""
    path = tmp_path / "attached.corewise"
    work = "end = time.thread_time() + 0.3\nwhile time.thread_time() < end: pass\n"
    program = f"import sys, time\n{work}print('ready', flush=True)\nsys.stdin.readline()\n{work}"
    program += "print('done', flush=True)\nsys.stdin.readline()\n"
    worker = started([python, "-c", program])
    options = ["--ready", "-q", "-o", path]
    recorder = started([corewise, "record", "--pid", worker.pid, *options])
    worker.stdin.write(b"go\n")
    worker.stdin.flush()
    assert worker.stdout.readline() == b"done\n"
    recorder.send_signal(signal.SIGINT)
    out, talk = recorder.communicate()
    assert (recorder.returncode, out, talk) == (0, b"", b"")
    recorded = Recorded(corewise, path, execute("true"))
    assert 0.3e9 <= recorded.report["summary"]["cpu_ns"] < 0.5e9
    (owner,) = recorded.report["summary"]["owners"]
    assert owner["owner"] == "python"


def test_ready_needs_a_program_that_runs(corewise, python):
    result = execute(corewise, "record", "--ready", "--", python, "-c", "")
    assert result.returncode == 64
    assert b"--ready" in result.stderr
