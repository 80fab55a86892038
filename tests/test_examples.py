"""The examples in docstrings and on the documentation's pages do what they show."""

import pathlib
import sys

import pytest

from execution import clean_environment, execute

ROOT = pathlib.Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "python"
PLACES = [
    str(path.relative_to(ROOT))
    for path in [*ROOT.glob("docs/*.md"), *PACKAGE.glob("corewise/**/*.py")]
    if ">>> " in path.read_text()
]

WORKERS = sorted(ROOT.glob("examples/random/*.py"))
# Two workers with a stream each.
DIFFERENT = {"stream_in_each_worker.py"}

RUN = """if True:
    import doctest, importlib, sys
    kind, name = sys.argv[1:]
    if kind == "module":
        outcome = doctest.testmod(importlib.import_module(name), optionflags=doctest.ELLIPSIS)
    else:
        outcome = doctest.testfile(name, module_relative=False)
    sys.exit(outcome.failed or not outcome.attempted)
"""


def test_there_are_examples():
    assert {"docs/limits.md", "python/corewise/_limits.py"} <= set(PLACES)


@pytest.mark.parametrize("place", PLACES)
def test_examples(place):
    path = ROOT / place
    if path.suffix == ".py":
        what = ["module", ".".join(path.relative_to(PACKAGE).with_suffix("").parts)]
    else:
        what = ["page", path]
    # In an interpreter of its own: some change the process for good.
    ended = execute(sys.executable, "-c", RUN, *what, env=clean_environment())
    assert ended.returncode == 0, ended.stdout.decode() + ended.stderr.decode()


def test_there_are_examples_with_workers():
    assert len(WORKERS) > 5


@pytest.mark.parametrize("path", WORKERS, ids=lambda path: path.stem)
def test_examples_with_workers(path):
    """Every line, made with another number of workers, is the same."""
    ended = execute(sys.executable, path, env=clean_environment())
    assert ended.returncode == 0, ended.stderr.decode()
    lines = ended.stdout.decode().splitlines()
    assert len(set(lines)) == (len(lines) if path.name in DIFFERENT else 1), lines
