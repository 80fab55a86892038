"""The C sources of this folder as libraries, each built once a run of the tests."""

import functools
import shutil
import subprocess
import tempfile

import pytest

from governed.running import FOLDER

HARDENED = ("-Wl,-z,relro", "-Wl,-z,now")
LAZY = ("-Wl,-z,norelro", "-Wl,-z,lazy")


@functools.cache
def _folder():
    return tempfile.TemporaryDirectory(prefix="corewise-tests-")


@functools.cache
def library(source, flags=HARDENED, name=None):
    """The path of the library built from `source`; skips where there is no C compiler."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("no C compiler")
    path = f"{_folder().name}/{name or source}.so"
    command = [compiler, "-O1", "-shared", "-fPIC", "-fopenmp", "-pthread", *flags]
    subprocess.run([*command, FOLDER / f"{source}.c", "-o", path], check=True)
    return path
