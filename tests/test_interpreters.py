"""One NumPy program on every CPython from 3.10 on that this machine has, and PyPy."""

import os
import pathlib
import shutil
import sys

import pytest

from checks import (
    DEPEND_ON_LOAD,
    assert_core_seconds_add_up,
    assert_threads_as_the_program_knows,
)
from conftest import PROGRAMS, ROOT, TESTS
from execution import execute

REQUIREMENTS = TESTS / "requirements-minimal.txt"


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
        asked = execute(path, "-c", "import sys; print(sys.implementation.name, *sys.version_info)")
        name, major, minor = [*asked.stdout.decode().split(), "", "0", "0"][:3]
        if name == "cpython" and (int(major), int(minor)) >= (3, 10):
            found.setdefault((int(major), int(minor), "/usr/" in str(path)[:5]), str(path))
    return found


@pytest.fixture(scope="session")
def numpy_for(tmp_path_factory):
    """A function: an environment of this interpreter with the minimal requirements."""

    def make(interpreter):
        if execute(interpreter, "-c", "import numpy").returncode == 0:
            return interpreter
        # Beside .venv, so that the next run of the tests finds it.
        folder = ROOT / f".venv-{interpreter.strip('/').replace('/', '-')}"
        python = folder / "bin" / "python"
        install = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check", "-r"]
        if not python.exists() or execute(python, "-c", "import numpy").returncode != 0:
            for command in ([interpreter, "-m", "venv", folder], [*install, REQUIREMENTS]):
                made = execute(*command)
                if made.returncode != 0:
                    pytest.skip(f"{interpreter}: {made.stderr.decode().strip()[-200:]}")
        return str(python)

    return make


INTERPRETERS = interpreters()


@pytest.mark.parametrize(
    "version", sorted(INTERPRETERS), ids=lambda v: f"{v[0]}.{v[1]}{'-system' if v[2] else ''}"
)
def test_on_every_interpreter(version, numpy_for, record):
    recorded = record([numpy_for(INTERPRETERS[version]), PROGRAMS / "numpy_matmul.py"])
    assert recorded.status == 0, recorded.stderr.decode(errors="replace")
    report = recorded.report
    interpreter = report["processes"][0]["interpreter"]
    assert interpreter["implementation"] == "CPython"
    assert interpreter["version"]["known"].startswith(f"{version[0]}.{version[1]}.")
    assert "known" in interpreter["stacks"], interpreter["stacks"]
    assert_threads_as_the_program_knows(recorded)
    assert_core_seconds_add_up(recorded)
    assert recorded.codes(at_least="warning") <= DEPEND_ON_LOAD, recorded.described()


@pytest.mark.skipif(not shutil.which("pypy3"), reason="no pypy3 (Debian: apt-get install pypy3)")
def test_pypy(record):
    recorded = record(["pypy3", PROGRAMS / "plain_python.py"])
    assert recorded.status == 0, recorded.stderr.decode(errors="replace")
    interpreter = recorded.report["processes"][0]["interpreter"]
    assert interpreter["implementation"] == "PyPy"
    assert "unknown" in interpreter["stacks"]
    assert_core_seconds_add_up(recorded)
