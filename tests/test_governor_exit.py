"""Programs end as they would without the governor, and leave nothing behind."""

import os
import signal
import subprocess

import pytest

from execution import clean_environment
from governed.running import corewise_run, program, run, told

ENDS = {
    "end": 0,
    "exit": 5,
    "raise": 1,
    "_exit": 6,
    "exit_in_thread": 4,
    "exit_in_fork": 4,
    "exec": 8,
    "SIGTERM": -signal.SIGTERM,
    "SIGINT": 1,
    "SIGKILL": -signal.SIGKILL,
    "SIGABRT": -signal.SIGABRT,
}


@pytest.fixture
def environment():
    return clean_environment(OPENBLAS_NUM_THREADS=2)


def ending(result):
    """Status and output, without what names a line or an address."""
    return result.returncode, result.stdout, result.stderr.splitlines()[-1:]


# A plain program can be compared where no exit handlers run: with threads in BLAS those of OpenBLAS
# sometimes wait for ever (2 of 14 runs).
COMPARED = ("_exit", "exec", "SIGTERM", "SIGKILL", "SIGABRT")


@pytest.mark.parametrize("how", [how for how in ENDS if how != "exit_in_fork"])
def test_ending_while_threads_are_in_blas(python, environment, how):
    governed = run(python, program("leaving"), how, "govern", env=environment)
    assert governed.stdout == b"ready\n"
    wanted = {ENDS[how], -signal.SIGINT} if how == "SIGINT" else {ENDS[how]}
    assert governed.returncode in wanted, governed.stderr
    if how in COMPARED:
        alone = run(python, program("leaving"), how, "plain", env=environment)
        assert ending(governed) == ending(alone)


def test_exit_in_a_fork_while_threads_are_in_blas(python, environment):
    """Not beside a plain one: that hangs."""
    result = run(python, program("leaving"), "exit_in_fork", "govern", env=environment)
    assert (result.returncode, result.stdout) == (4, b"ready\n"), result.stderr


@pytest.mark.parametrize("how", list(ENDS))
def test_status_and_session_file_of_a_run(corewise, python, environment, how, tmp_path):
    """The status is the program's, and the session's file is gone: after a kill too."""
    words = corewise_run(corewise, "--cores", "2")
    shell = 'echo "$COREWISE_SESSION" >"$0"; test -e "$COREWISE_SESSION" || exit 99; exec "$@"'
    name = tmp_path / "name"
    command = [python, program("leaving"), how, "inherited"]
    result = run(*words, "sh", "-c", shell, name, *command, env=environment)
    status = ENDS[how]
    wanted = {status, 128 + signal.SIGINT} if how == "SIGINT" else {status}
    if status < 0:
        wanted = {128 - status}
    assert result.returncode in wanted, result.stderr
    session = name.read_text().strip()
    assert session
    assert not os.path.exists(session)


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_to_corewise_run_ends_both(corewise, python, started, environment, name):
    words = [*corewise_run(corewise, "--cores", "2"), "sh", "-c"]
    words += ['echo "$COREWISE_SESSION"; exec "$@"', "x", python, program("leaving")]
    process = started([*words, "wait", "inherited"], env=environment, ready=False)
    session = process.stdout.readline().decode().strip()
    assert os.path.exists(session)
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(getattr(signal, name))
    process.communicate(timeout=30)
    assert process.returncode in (128 + getattr(signal, name), 1)
    assert not os.path.exists(session)


@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM", "SIGSTOP"])
def test_a_survivor_has_its_share_back(corewise, python, environment, how, record_property):
    words = [*corewise_run(corewise, "--cores", "2"), python, program("survivor"), how]
    facts = told(run(*words, env=environment))
    assert facts["alone"] == facts["steady"] == 2, facts
    assert all(isinstance(seconds, float) for seconds in facts["regained"]), facts
    record_property("regained_ms", [round(1000 * seconds) for seconds in facts["regained"]])
    print("regained its share after", [f"{1000 * seconds:.0f} ms" for seconds in facts["regained"]])
    assert max(facts["regained"]) < 1
    assert not os.path.exists(facts["path"])


@pytest.mark.parametrize("end", ["pass", "raise SystemExit(3)", "corewise.ungovern()"])
def test_the_file_of_govern_is_gone_when_the_program_has_ended(python, end):
    code = (
        "import corewise, os, sys; corewise.govern(cores=2); "
        f"print(os.environ['COREWISE_SESSION'], flush=True); {end}"
    )
    result = run(python, "-c", code)
    session = result.stdout.decode().strip()
    assert session
    assert not os.path.exists(session)


def test_a_process_left_behind_runs_on_in_a_session_that_is_over(corewise, python, environment):
    """It keeps what it has mapped; what it starts from then on runs silently without."""
    code = (
        "import os, subprocess, sys, look, numpy\n"
        "a = numpy.ones((300, 300)); a @ a\n"
        "if os.fork():\n"
        "    os._exit(7)\n"
        "os.setsid()\n"
        "sys.stdin.readline()\n"
        "right = bool((a @ a == 300).all())\n"
        "state = 'import look; look.say(**look.state())'\n"
        "out = subprocess.run([sys.executable, '-c', state], capture_output=True)\n"
        "look.say(right=right, **look.state())\n"
        "sys.stdout.buffer.write(out.stdout + b'errors %d\\n' % len(out.stderr))\n"
        "sys.stdout.flush()\n"
    )
    process = subprocess.Popen(
        [*corewise_run(corewise, "--cores", "2"), python, "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        cwd=program("look").parent,
    )
    assert process.wait(30) == 7
    out, _ = process.communicate(b"\n", timeout=30)
    first, second, errors = out.splitlines()
    assert b'"right": true' in first
    assert b'"active": true' in first
    assert b'"active": false' in second
    assert errors == b"errors 0"


def test_the_file_of_govern_outlives_a_child_that_exits(python):
    """atexit handlers run in a forked process too, but the session is not the child's."""
    code = (
        "import corewise, os, sys, look; corewise.govern(cores=2)\n"
        "pid = os.fork()\n"
        "if pid == 0: sys.exit(3)\n"
        "end = look.end_of(pid)\n"
        "look.say(end=end, there=os.path.exists(os.environ['COREWISE_SESSION']))\n"
    )
    facts = told(run(python, "-c", code, cwd=program("look").parent))
    assert facts == {"end": 3, "there": True}
