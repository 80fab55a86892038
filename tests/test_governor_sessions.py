"""`corewise run`'s options and `govern`'s arguments: what they do, and what is refused."""

import itertools
import json
import os
import subprocess

import pytest

from execution import clean_environment, execute
from governed.running import corewise_run, program, run, told

STATE = "import look; look.say(**look.state())"
NUMBERS = itertools.count()


@pytest.fixture
def name():
    """A session's name that no other test uses; its file must be gone in the end."""
    name = f"test-{os.getpid()}-{next(NUMBERS)}"
    yield name
    assert not os.path.exists(file_of(name))


@pytest.fixture
def where():
    return {"cwd": program("look").parent, "env": clean_environment(OPENBLAS_NUM_THREADS=2)}


def file_of(name):
    return f"/dev/shm/corewise-{os.geteuid()}.{name}"


def shared(name):
    return ["--cores", 2, "--session", name]


def waits():
    """A program whose child says how it is governed, after a line was sent."""
    return (
        "import sys, subprocess; print('ready', flush=True); sys.stdin.readline(); "
        f"subprocess.run([sys.executable, '-c', {STATE!r}], check=True)"
    )


def test_two_runs_share_one_budget(corewise, python, started, where, name):
    """The settings of the first count; each sees the other's callers."""
    code = (
        "import look, numpy, sys, threading\n"
        "a = numpy.ones((200, 200))\n"
        "stop = False\n"
        "def compute():\n"
        "    while not stop: a @ a\n"
        "threads = [threading.Thread(target=compute) for _ in range(4)]\n"
        "for thread in threads: thread.start()\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "stop = True\n"
        "for thread in threads: thread.join()\n"
        "look.say(**look.state())\n"
    )
    first = started(
        [*corewise_run(corewise, "--cores", "2", "--session", name), python, "-c", code], **where
    )
    used = (
        "import look, numpy, time\n"
        "a = numpy.ones((200, 200)); shares = []\n"
        "end = time.monotonic() + 20\n"
        "while 1 not in shares and time.monotonic() < end:\n"
        "    a @ a; shares.append(look.number_of('numpy'))\n"
        "look.say(shares=sorted(set(shares)), **look.state())\n"
    )
    words = [*corewise_run(corewise, "--cores", "7", "--session", name), python, "-c", used]
    second = told(run(*words, **where))
    assert second["budget"] == 2
    assert second["session"] == file_of(name)
    assert 1 in second["shares"]
    out, err = first.communicate(b"\n", timeout=30)
    assert first.returncode == 0, err
    assert json.loads(out) == {"active": True, "budget": 2, "session": file_of(name)}


@pytest.mark.parametrize("other", ["true", "python", "killed"])
def test_a_session_lasts_while_a_run_holds_it(corewise, python, started, where, name, other):
    """A run that ends does not take along a session whose other run has no process in it yet."""
    options = shared(name)
    shell = f"echo ready; read line; exec {python} -c '{STATE}'"
    first = started([*corewise_run(corewise, *options), "sh", "-c", shell], **where)
    words = corewise_run(corewise, *options)
    end = {
        "true": ["true"],
        "python": [python, "-c", STATE],
        "killed": ["sh", "-c", "kill -9 $$"],
    }[other]
    run(*words, *end, **where)
    out, err = first.communicate(b"\n", timeout=30)
    assert first.returncode == 0, err
    assert json.loads(out) == {"active": True, "budget": 2, "session": file_of(name)}


def test_a_name_can_be_used_again(corewise, python, where, name):
    for cores in (2, 3):
        words = [*corewise_run(corewise, "--cores", cores, "--session", name), python, "-c", STATE]
        assert told(run(*words, **where))["budget"] == cores


def test_a_named_session_that_was_left_behind(corewise, python, where, name):
    """A killed `corewise run` cannot tidy up; the next one of the name goes on, and does."""
    options, code = shared(name), waits()
    process = subprocess.Popen(
        list(map(str, [*corewise_run(corewise, *options), python, "-c", code])),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        **where,
    )
    assert process.stdout.readline() == b"ready\n"
    process.kill()
    process.wait(20)
    assert os.path.exists(file_of(name))
    # Its program goes on, governed as before, until it ends.
    out, _ = process.communicate(b"\n", timeout=30)
    assert json.loads(out)["active"] is True
    assert told(run(*corewise_run(corewise, *options), python, "-c", STATE, **where))["active"]


def test_a_session_within_a_session(corewise, python, where):
    """An inner run has its own."""
    inner = corewise_run(corewise, "--cores", "1")
    outer = corewise_run(corewise, "--cores", "3")
    assert told(run(*outer, *inner, python, "-c", STATE, **where))["budget"] == 1


def test_no_govern(corewise, python, where, tmp_path):
    words = [corewise, "run", "--no-govern", "-q", "-o", tmp_path / "x.corewise", "--"]
    facts = told(run(*words, python, "-c", STATE, **where))
    assert facts == {"active": False, "budget": 1, "session": None}


def test_no_govern_within_a_session(corewise, python, where, tmp_path):
    """It changes nothing, the session that it has inherited neither."""
    inner = [corewise, "run", "--no-govern", "--no-record", "-q", "--"]
    outer = corewise_run(corewise, "--cores", "3")
    assert told(run(*outer, *inner, python, "-c", STATE, **where))["budget"] == 3


@pytest.mark.parametrize("status", [0, 1, 77, 255])
def test_no_record(corewise, tmp_path, status):
    """No report and no recording; the program's status."""
    words = [corewise, "run", "--no-record", "--", "sh", "-c", f"echo x; exit {status}"]
    result = run(*words, cwd=tmp_path)
    assert (result.returncode, result.stdout) == (status, b"x\n")
    assert all(line.startswith(b"corewise: ") for line in result.stderr.splitlines())
    assert list(tmp_path.iterdir()) == []


def test_a_recorded_run_is_governed(corewise, python, where, tmp_path):
    path = tmp_path / "x.corewise"
    words = [corewise, "run", "--cores", "3", "-o", path, "--", python, "-c", STATE]
    result = run(*words, **where)
    assert told(result)["budget"] == 3
    assert path.exists()
    session = told(result)["session"]
    assert session
    assert not os.path.exists(session)


@pytest.mark.parametrize(
    "options",
    [
        ["--cores", "0"],
        ["--cores", "-1"],
        ["--cores", "1.5"],
        ["--cores", "two"],
        ["--cores", "65537"],
        ["--cores", ""],
        ["--session", ""],
        ["--session", "a/b"],
        ["--session", "../x"],
        ["--session", "a b"],
        ["--session", "ä"],
        ["--session", "x" * 101],
        ["--no-govern", "--cores", "2"],
        ["--no-govern", "--session", "x"],
        ["--no-govern", "--deterministic"],
    ],
    ids=lambda options: " ".join(options)[:30],
)
def test_options_that_are_refused(corewise, options):
    result = execute(corewise, "run", "--no-record", *options, "--", "echo", "ran")
    assert result.returncode == 64 or result.returncode == 2, result.stderr
    assert result.stdout == b""
    assert b"panicked" not in result.stderr
    assert result.stderr


@pytest.mark.parametrize("name", [".", "..", "-", "x" * 100, "a.b-c_d"])
def test_names_that_are_accepted(corewise, name):
    try:
        result = run(corewise, "run", "--no-record", "-q", f"--session={name}", "--", "echo", "ran")
        assert (result.returncode, result.stdout) == (0, b"ran\n"), result.stderr
        assert not os.path.exists(file_of(name))
    finally:
        if os.path.exists(file_of(name)):
            os.unlink(file_of(name))


@pytest.mark.parametrize(
    ("cores", "error"),
    [
        ("0", "ValueError"),
        ("-1", "ValueError"),
        ("65537", "ValueError"),
        ("1 << 80", "ValueError"),
        ("1.5", "TypeError"),
        ("2.0", "TypeError"),
        ("'2'", "TypeError"),
        ("b'2'", "TypeError"),
        ("True", "TypeError"),
        ("[2]", "TypeError"),
    ],
)
def test_arguments_that_are_refused(python, cores, error):
    code = (
        "import corewise, os\n"
        "try:\n"
        f"    corewise.govern(cores={cores})\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, 'cores' in str(error))\n"
        "print(corewise.governed().active, os.environ.get('COREWISE_SESSION'))\n"
    )
    result = run(python, "-c", code)
    assert result.stdout.decode() == f"{error} True\nFalse None\n", result.stderr


def test_integers_of_numpy_are_cores(python):
    code = (
        "import corewise, numpy; print(corewise.govern(cores=numpy.int64(2)).budget, "
        "corewise.govern(cores=65536).budget, corewise.govern().budget == corewise.cpu_count())"
    )
    result = run(python, "-c", code)
    assert result.stdout == b"2 65536 True\n", result.stderr


def test_ungovern_where_nothing_is_governed(python, where):
    code = (
        "import corewise, look; corewise.ungovern(); corewise.ungovern(); look.say(**look.state())"
    )
    assert told(run(python, "-c", code, **where))["active"] is False


def test_ungovern_within_a_run_leaves_the_session_to_others(corewise, python, where):
    code = (
        "import corewise, look, os, subprocess, sys\n"
        "path = os.environ['COREWISE_SESSION']\n"
        "corewise.ungovern()\n"
        "assert os.path.exists(path)\n"
        f"subprocess.run([sys.executable, '-c', {STATE!r}], check=True)\n"
        f"subprocess.run([sys.executable, '-c', {STATE.replace('state()', 'state(), again=1')!r}], "
        "env={**os.environ, 'COREWISE_SESSION': path}, check=True)\n"
    )
    words = [*corewise_run(corewise, "--cores", "3"), python, "-c", code]
    result = run(*words, **where)
    assert result.returncode == 0, result.stderr
    first, second = map(json.loads, result.stdout.splitlines())
    assert first["active"] is False
    assert second["active"] is True
