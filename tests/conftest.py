"""Fixtures of the end-to-end tests: the command under test, and programs recorded with it."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

TESTS = pathlib.Path(__file__).resolve().parent
ROOT = TESTS.parent
PROGRAMS = TESTS / "programs"

# The longest that one command may take before it counts as hung: far above what any needs, also on
# a busy machine.
PATIENCE = 120


def pytest_collection_modifyitems(items):
    """Every test has a limit: a hang is a failure, not a stuck run."""
    for item in items:
        if item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(2 * PATIENCE))


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
    built = subprocess.run(
        [sys.executable, str(PROGRAMS / "build_modules.py"), str(folder)],
        capture_output=True, text=True, timeout=10 * PATIENCE, check=False,
    )
    assert built.returncode == 0, built.stderr
    return folder


def clean_environment(**more):
    """The environment without anything that sizes pools or steers corewise."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.endswith(("_NUM_THREADS", "_CPU_COUNT"))
        and not name.startswith(("COREWISE_", "OMP_", "KMP_", "GOMP_", "SLURM_", "NUMBA_"))
    }
    kept["PYTHONDONTWRITEBYTECODE"] = "1"
    kept.update({name: str(value) for name, value in more.items()})
    return kept


@pytest.fixture
def environment():
    """A function: the clean environment, with what is given added."""
    return clean_environment


class Recorded:
    """One run of `corewise record`, and the report of what it recorded."""

    def __init__(self, corewise, path, result):
        self.corewise = corewise
        self.path = path
        self.status = result.returncode
        self.stdout = result.stdout
        self.stderr = result.stderr
        self._report = None

    @property
    def report(self):
        """`corewise report FILE --json -`, parsed."""
        if self._report is None:
            result = subprocess.run(
                [self.corewise, "report", str(self.path), "--json", "-"],
                capture_output=True, timeout=PATIENCE, check=False,
            )
            assert result.returncode == 0, result.stderr.decode(errors="replace")
            self._report = json.loads(result.stdout)
        return self._report

    @property
    def lines(self):
        """What the program printed."""
        return self.stdout.decode().splitlines()

    @property
    def truth(self):
        """The JSON object that a test program prints last."""
        return json.loads(self.lines[-1])

    def codes(self, at_least="note"):
        """The codes of the findings, from this severity on."""
        order = ["note", "warning", "severe"]
        return {
            finding["code"]
            for finding in self.report["findings"]
            if order.index(finding["severity"]) >= order.index(at_least)
        }

    def finding(self, code):
        """The first finding with this code."""
        return next(f for f in self.report["findings"] if f["code"] == code)


@pytest.fixture
def record(corewise, tmp_path):
    """A function: records a command and returns a `Recorded`."""
    made = []

    def run(command, options=(), environment=None, **more):
        path = tmp_path / f"{len(made)}.corewise"
        made.append(path)
        more.setdefault("timeout", PATIENCE)
        result = subprocess.run(
            [corewise, "record", "-o", str(path), *options, "--", *map(str, command)],
            capture_output=True, check=False,
            env=clean_environment() if environment is None else environment, **more,
        )
        return Recorded(corewise, path, result)

    return run


def read_until(stream, line):
    """Reads whole lines until one is `line`; returns those before it. No waiting in hope: the end
    of the stream fails."""
    seen = []
    while True:
        got = stream.readline()
        if not got:
            raise AssertionError(f"the program ended before it said {line!r}: {seen}")
        if got.rstrip(b"\r\n") == line:
            return seen
        seen.append(got)


@pytest.fixture
def started():
    """A function: starts a command with pipes, reads up to `ready`, returns the Popen."""
    running = []

    def start(command, ready=True, **more):
        more.setdefault("env", clean_environment())
        process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, **more,
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


def wait_until(condition, what, patience=PATIENCE):
    """Polls for something that another process does and that nothing announces."""
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, f"waited {patience} s in vain for: {what}"
        time.sleep(0.01)


def interpreters():
    """CPython ≥ 3.10 on this machine, one of each version: pyenv's, then the system's."""
    found = {}
    candidates = [pathlib.Path(sys.executable)]
    pyenv = pathlib.Path(os.environ.get("PYENV_ROOT", pathlib.Path.home() / ".pyenv"))
    candidates += sorted(pyenv.glob("versions/*/bin/python3"))
    candidates += [pathlib.Path(p) for p in ("/usr/local/bin/python3", "/usr/bin/python3")]
    for path in candidates:
        if not path.exists():
            continue
        asked = subprocess.run(
            [str(path), "-c", "import sys; print(sys.implementation.name, *sys.version_info[:2])"],
            capture_output=True, text=True, check=False,
        )
        name, major, minor = (asked.stdout.split() + ["", "0", "0"])[:3]
        if name == "cpython" and (int(major), int(minor)) >= (3, 10):
            found.setdefault((int(major), int(minor), "/usr/" in str(path)[:5]), str(path))
    return found
