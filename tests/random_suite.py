"""NumPy's own tests of numpy.random, with NumPy's classes and with corewise's: the same outcomes.

    python tests/random_suite.py               # all of them, in about two minutes
    python tests/random_suite.py --part        # what is among corewise's own tests
    python tests/random_suite.py --threads 3 -- -k standard_normal

The tests are those in the installed NumPy. For the second run, a plugin of pytest's puts corewise's
`Generator`, `default_rng` and `RandomState` in the place of NumPy's in `numpy.random` before the
tests are imported. With `--threads`, each generator has that many threads. A test that ends worse
with corewise is a failure, unless it stands in `EXPECTED` with the reason why it must.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile

import numpy

from threadpoolctl_suite import ORDER, read

PART = ("test_generator_mt19937", "test_direct", "test_smoke", "test_seed_sequence")
WHOLE = (
    *PART,
    "test_generator_mt19937_regressions",
    "test_extending",
    "test_randomstate",
    "test_randomstate_regression",
    "test_random",
    "test_regression",
)

PLUGIN = '''\
import os
import types

import numpy.random
import pytest
from corewise import random


@pytest.fixture(autouse=True)
def numpy_global_generator():
    """A test that fails does not get to put NumPy's own generator back."""
    before = numpy.random.get_bit_generator()
    yield
    numpy.random.set_bit_generator(before)


class Numpy:
    """NumPy as corewise itself sees it: with its own classes."""

    random = types.SimpleNamespace(**vars(numpy.random))

    def __getattr__(self, name):
        return getattr(numpy, name)


random.np = Numpy()
# What corewise hands on goes to the methods that NumPy's class has now: it looks them up once.
for name in dir(random.Generator):
    if not name.startswith("_") and callable(getattr(random.Generator, name)):
        try:
            getattr(random.default_rng(1), name)(no_such_argument=1)
        except TypeError:
            pass
Generator, default_rng = random.Generator, random.default_rng
if "SUITE_THREADS" in os.environ:
    threads = int(os.environ["SUITE_THREADS"])

    class Generator(random.Generator):
        def __init__(self, bit_generator):
            super().__init__(bit_generator, threads=threads)

    def default_rng(seed=None):
        if isinstance(seed, random.Generator):
            return seed
        return Generator(random.default_rng(seed).bit_generator)

numpy.random.Generator, numpy.random.default_rng = Generator, default_rng
numpy.random.RandomState = random.RandomState
'''

# By the end of a test's name: why corewise cannot pass what NumPy passes. Also in docs/random.md.
EXPECTED = {
    "::test_legacy_pickle[121]": "the pickle was written by NumPy and is read as NumPy's class",
    "::test_legacy_pickle[126]": "the pickle was written by NumPy and is read as NumPy's class",
    "::test_randomstate_ctor_old_style_pickle": "calls what rebuilds NumPy's class from a name; "
    "corewise's RandomState is rebuilt from its bit generator",
    "::test_generator_ctor_old_style_pickle": "calls what rebuilds NumPy's class from a name; "
    "corewise's generators are rebuilt by a function of its own",
    ".TestDefaultRNG::test_coercion_RandomState_Generator": "NumPy's default_rng asks for "
    "numpy.random.RandomState, in whose place this run has put another class",
}


def outcomes(modules, plugin, threads=None, more=()):
    """How each of NumPy's tests ended, and what was said of those that did not pass."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPATH": folder + os.pathsep + path()}
        if threads:
            environment["SUITE_THREADS"] = str(threads)
        report = pathlib.Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts="]
        # Tests are named from there.
        command += [f"--rootdir={pathlib.Path(numpy.__file__).parent}", f"--junitxml={report}"]
        if plugin:
            pathlib.Path(folder, "numpy_random_by_corewise.py").write_text(PLUGIN)
            command += ["-p", "numpy_random_by_corewise"]
        command += ["--pyargs", *(f"numpy.random.tests.{name}" for name in modules), *more]
        ended = subprocess.run(
            command, cwd=folder, env=environment, capture_output=True, text=True, check=False
        )
        if not report.exists():
            sys.exit(f"error: pytest gave no report:\n{ended.stdout[-4000:]}{ended.stderr[-4000:]}")
        return read(report)


def path():
    """The caller's own PYTHONPATH."""
    return os.environ.get("PYTHONPATH", "")


def expected(name):
    """Why a test is known to end worse, if it is."""
    return next((reason for end, reason in EXPECTED.items() if name.endswith(end)), None)


def worse(before, after):
    """The tests that ended worse: name, before, after, what was said."""
    missing = ("missing", "")
    return [
        (name, old, *after.get(name, missing))
        for name, (old, _) in sorted(before.items())
        if ORDER.index(after.get(name, missing)[0]) > ORDER.index(old)
    ]


def counts(ended):
    """`2 passed, 1 skipped` and the like."""
    found = {kind: sum(one == kind for one, _ in ended.values()) for kind in ORDER}
    return ", ".join(f"{count} {kind}" for kind, count in found.items() if count)


def main():
    """Compares, prints the counts and what differs, and exits with 1 where a test ended worse."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--part", action="store_true", help="only the short part")
    parser.add_argument("--threads", type=int, help="of each generator")
    parser.add_argument("more", nargs="*", metavar="-- ARGUMENT", help="for pytest")
    options = parser.parse_args()
    modules = PART if options.part else WHOLE
    before = outcomes(modules, plugin=False, more=options.more)
    after = outcomes(modules, plugin=True, threads=options.threads, more=options.more)
    print(f"NumPy {numpy.__version__}: {len(before)} tests: {counts(before)}")
    print(f"corewise:    {len(after)} tests: {counts(after)}")
    failed = False
    for name, old, new, said in worse(before, after):
        reason = expected(name)
        failed |= reason is None
        print(f"  {name}: {old} with NumPy, {new} with corewise: {reason or said[:300]}")
    sys.exit(failed)


if __name__ == "__main__":
    main()
