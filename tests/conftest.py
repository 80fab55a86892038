"""Fixtures of the end-to-end tests: the command under test, and programs recorded with it."""

import itertools
import os
import pathlib
import signal
import subprocess
import sys

import hypothesis
import pytest

from execution import clean_environment, execute, read_until
from recorded import Recorded

# The same examples each time, so that a change passes or fails by itself; `make test-long` draws
# new ones.
hypothesis.settings.register_profile("same", derandomize=True)
if "COREWISE_TEST_LONG" not in os.environ:
    hypothesis.settings.load_profile("same")

TESTS = pathlib.Path(__file__).resolve().parent
ROOT = TESTS.parent
PROGRAMS = TESTS / "programs"


def find_corewise():
    """The command under test: `COREWISE_BIN`, else what `make` has built, the wheel's first."""
    named = os.environ.get("COREWISE_BIN")
    if named:
        return pathlib.Path(named).resolve()
    for place in (".venv/bin/corewise", "target/release/corewise", "target/debug/corewise"):
        path = ROOT / place
        if path.exists():
            return path
    raise pytest.UsageError("no corewise to test: run `make` or set COREWISE_BIN")


@pytest.fixture(scope="session")
def corewise():
    """The path of the command under test."""
    return str(find_corewise())


@pytest.fixture(scope="session")
def python():
    """The interpreter that runs the tests: it has everything in requirements.txt."""
    return sys.executable


@pytest.fixture(scope="session")
def built_modules():
    """The folder with the Cython and Pythran modules, built for this interpreter."""
    folder = PROGRAMS / "build" / f"{sys.implementation.cache_tag}"
    built = execute(sys.executable, PROGRAMS / "build_modules.py", folder)
    assert built.returncode == 0, built.stderr.decode()
    return folder


@pytest.fixture
def record(corewise, tmp_path):
    """A function: records a command and returns a `Recorded`."""
    numbers = itertools.count()

    def run(command, options=(), **more):
        path = tmp_path / f"{next(numbers)}.corewise"
        result = execute(corewise, "record", "-o", path, *options, "--", *command, **more)
        return Recorded(corewise, path, result)

    return run


@pytest.fixture
def started():
    """A function: starts a command with pipes, reads up to `ready`, returns the Popen."""
    running = []

    def start(command, ready=True, **more):
        more.setdefault("env", clean_environment())
        process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            **more,
        )
        running.append(process)
        if ready:
            read_until(process.stdout, b"ready")
        return process

    yield start
    for process in running:
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
        process.communicate()


@pytest.fixture
def script(tmp_path):
    """A function: writes a Python program and returns its path."""

    def write(text, name="program.py"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write
