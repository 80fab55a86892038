"""Which processes are governed: those that a governed one starts, in any way, and no others."""

import os
import shutil

import pytest

from execution import clean_environment
from governed.running import corewise_run, program, run, told

WAYS = ["fork", "spawn", "forkserver", "loky", "subprocess", "dask"]
NOT_GOVERNED = {"active": False, "budget": 1, "session": None}
STATE = "import look; look.say(**look.state())"


@pytest.fixture
def session_file(python, tmp_path):
    """A finished table, as a session's process finds it."""
    path = tmp_path / "session"
    code = (
        "import corewise, os, shutil, sys; corewise.govern(cores=3); "
        "shutil.copy(os.environ['COREWISE_SESSION'], sys.argv[1]); corewise.ungovern()"
    )
    result = run(python, "-c", code, path)
    assert result.returncode == 0, result.stderr
    return path


def started_with(python, session, code="print('still here'); raise SystemExit(7)"):
    environment = clean_environment(COREWISE_SESSION=session)
    return run(python, "-c", code, env=environment, cwd=program("look").parent)


@pytest.mark.parametrize("way", WAYS)
def test_workers_under_corewise_run(corewise, python, way):
    words = [*corewise_run(corewise, "--cores", "3"), python, program("reach"), "inherited", way]
    facts = told(run(*words))
    assert facts["own"]["active"] is True
    assert facts["own"]["budget"] == 3
    assert facts["own"]["session"]
    assert facts[way]
    assert all(worker == facts["own"] for worker in facts[way])


@pytest.mark.parametrize("way", WAYS)
def test_workers_after_govern(python, way):
    facts = told(run(python, program("reach"), "governed", way))
    assert facts["own"]["active"] is True
    assert facts["own"]["budget"] == 3
    assert facts[way]
    assert all(worker == facts["own"] for worker in facts[way])


def test_no_worker_after_ungovern(python):
    ways = ["fork", "spawn", "forkserver", "loky", "subprocess"]
    facts = told(run(python, program("reach"), "ungoverned", *ways))
    for way in ["own", *ways]:
        workers = facts[way] if way != "own" else [facts[way]]
        assert workers
        for worker in workers:
            assert worker["active"] is False, way
            assert worker["session"] is None, way


def test_a_session_that_is_over(python, tmp_path):
    result = started_with(python, tmp_path / "over")
    assert (result.returncode, result.stdout, result.stderr) == (7, b"still here\n", b"")
    facts = told(started_with(python, tmp_path / "over", STATE))
    assert facts["active"] is False


def text(path):
    path.write_bytes(b"no table, but a text\n")


def empty(path):
    path.write_bytes(b"")


def zeros(path):
    path.write_bytes(bytes(path.stat().st_size))


def half(path):
    os.truncate(path, path.stat().st_size // 2)


def longer(path):
    os.truncate(path, path.stat().st_size + 4096)


def other_version(path):
    content = bytearray(path.read_bytes())
    content[8:12] = (99).to_bytes(4, "little")
    path.write_bytes(content)


def no_budget(path):
    content = bytearray(path.read_bytes())
    content[16:20] = bytes(4)
    path.write_bytes(content)


def writable_by_all(path):
    path.chmod(0o666)


def folder(path):
    path.unlink()
    path.mkdir()


def link(path):
    target = path.rename(path.with_name("target"))
    path.symlink_to(target)


def pipe(path):
    path.unlink()
    os.mkfifo(path, 0o600)


def of_another_user(path):
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    os.chown(path, 12345, 12345)


@pytest.mark.parametrize(
    "damage",
    [
        text,
        empty,
        zeros,
        half,
        longer,
        other_version,
        no_budget,
        writable_by_all,
        folder,
        link,
        pipe,
        of_another_user,
    ],
)
def test_a_file_that_is_no_session(python, session_file, damage):
    damage(session_file)
    result = started_with(python, session_file)
    assert (result.returncode, result.stdout) == (7, b"still here\n")
    (line,) = result.stderr.splitlines()
    assert line.startswith(b"corewise: process ")
    assert b" is not governed: " in line


@pytest.mark.parametrize(
    "path", [b"\xff\xfe", b"relative", b"/" + b"x" * 5000, b"/proc/self/mem", b"/dev/null", b"/"]
)
def test_a_path_that_cannot_be_a_session(python, path):
    result = started_with(python, os.fsdecode(path))
    assert (result.returncode, result.stdout) == (7, b"still here\n")
    assert len(result.stderr.splitlines()) <= 1


def test_every_slot_that_claims_nonsense(python, session_file):
    """A table with a valid header and random words in its slots harms nobody."""
    content = bytearray(session_file.read_bytes())
    content[256:] = bytes((7 * place + 13) % 256 for place in range(len(content) - 256))
    session_file.write_bytes(content)
    code = (
        "import look, numpy; a = numpy.ones((300, 300)); "
        "look.say(right=bool((a @ a == 300).all()), **look.state())"
    )
    facts = told(started_with(python, session_file, code))
    assert facts["right"] is True
    assert facts["active"] is True


def test_nothing_is_imported_where_no_session_is_named(python):
    code = "import sys; print([name for name in sys.modules if name.startswith('corewise')])"
    result = run(python, "-c", code)
    assert result.stdout == b"[]\n", result.stderr


def test_what_an_inherited_session_imports(corewise, python):
    """Every interpreter of a session pays for it, so it is little."""
    code = "import sys; print(sorted(n for n in sys.modules if n.startswith('corewise')))"
    result = run(*corewise_run(corewise), python, "-c", code)
    assert result.stdout == b"['corewise', 'corewise._native', 'corewise._startup']\n"
    slow = "import sys; print({'typing', 'dataclasses', 'numpy', 'ctypes'} & sys.modules.keys())"
    result = run(*corewise_run(corewise), python, "-S", "-c", slow)
    assert result.stdout == b"set()\n"


def test_programs_without_python_run_as_ever(corewise):
    result = run(*corewise_run(corewise), "sh", "-c", "echo out; echo err >&2; exit 5")
    assert (result.returncode, result.stdout, result.stderr) == (5, b"out\n", b"err\n")


def test_a_python_that_has_no_corewise_runs_as_ever(corewise):
    other = shutil.which("python3", path="/usr/bin:/bin")
    if other is None:
        pytest.skip("no second Python")
    result = run(*corewise_run(corewise), other, "-c", "print(1)")
    assert (result.returncode, result.stdout, result.stderr) == (0, b"1\n", b"")
