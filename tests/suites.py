"""Other packages' own test suites, without and with the governor: the same pass, fail and skip.

    python tests/suites.py                  # every suite, in hours
    python tests/suites.py scipy.linalg joblib
    python tests/suites.py sklearn.cluster  # some of a suite
    python tests/suites.py --part           # the part that is among corewise's own tests

A suite is run from the released package that is installed; loky's, which carries none, from its
source archive. Each test must end the same way in both runs. One that does not is run three times
more in both settings, and counts only if the two settings never agree: some tests depend on time or
on the order of threads.
"""

import argparse
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass

COREWISE = shutil.which("corewise", path=os.path.dirname(sys.executable)) or "corewise"
REPEATS = 3


@dataclass(frozen=True)
class Suite:
    """A package's test suite, and the part of it that is run among corewise's own tests."""

    name: str
    part: tuple[str, ...]
    archive: str | None = None

    def arguments(self, part, folder):
        """What pytest is given; `folder` is where an archive was unpacked."""
        if self.archive is None:
            return ["--pyargs", *(self.part if part else (self.name,))]
        return [str(folder / word) for word in (self.part if part else ("tests",))]


SUITES = (
    Suite("scipy.linalg", ("scipy.linalg.tests.test_basic", "scipy.linalg.tests.test_lapack")),
    Suite("scipy.fft", ("scipy.fft.tests.test_multithreading",)),
    Suite("scipy.optimize", ("scipy.optimize.tests.test_linesearch",)),
    Suite("joblib", ("joblib.test.test_store_backends", "joblib.test.test_func_inspect")),
    Suite(
        "sklearn", ("sklearn.cluster.tests.test_k_means", "sklearn.linear_model.tests.test_ridge")
    ),
    Suite("loky", ("tests/test_loky_backend.py",), archive="loky==3.7.0"),
)


def unpack(requirement, folder):
    """Downloads a source archive and gives the folder that it unpacks to."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary"]
    command += [":all:", "--dest", str(folder), requirement]
    subprocess.run(command, check=True)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as opened:
        opened.extractall(folder, filter="data")
    (source,) = (path for path in folder.iterdir() if path.is_dir())
    return source


def outcomes(arguments, governed, limit, source=None):
    """How each test of a run ended, by its name; `source` is where the tests' package lies."""
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p"]
        command += ["no:randomly", f"--junitxml={report}", "-o", "addopts=", *arguments]
        if governed:
            command = [COREWISE, "run", "--quiet", "--no-record", "--", *command]
        environment = dict(os.environ)
        if source is not None:
            environment["PYTHONPATH"] = str(source)
        ended = subprocess.run(
            command, cwd=folder, capture_output=True, timeout=limit, check=False, env=environment
        )
        if not report.exists():
            raise SystemExit(f"pytest gave no report:\n{ended.stdout.decode()[-4000:]}")
        return {
            f"{case.get('classname')}::{case.get('name')}": outcome(case)
            for case in ElementTree.parse(report).iter("testcase")
        }


def outcome(case):
    """`failure`, `error`, `skipped` or `passed`."""
    kinds = [child.tag for child in case if child.tag in ("failure", "error", "skipped")]
    return kinds[0] if kinds else "passed"


def differences(plain, governed):
    """The tests that ended differently: name, without, with."""
    names = sorted(plain.keys() | governed.keys())
    ended = ((name, plain.get(name, "missing"), governed.get(name, "missing")) for name in names)
    return [(name, a, b) for name, a, b in ended if a != b]


def compare(suite, part, limit):
    """Runs a suite in both settings and gives what differs for certain, and how many tests ran."""
    with tempfile.TemporaryDirectory() as folder:
        source = unpack(suite.archive, pathlib.Path(folder)) if suite.archive else None
        arguments = suite.arguments(part, source)
        plain = outcomes(arguments, False, limit, source)
        differing = differences(plain, outcomes(arguments, True, limit, source))
        for _ in range(REPEATS):
            if not differing:
                break
            names = {name for name, *_ in differing}
            only = [
                "-k",
                " or ".join(sorted({name.rpartition("::")[2].partition("[")[0] for name in names})),
            ]
            again = differences(
                outcomes([*arguments, *only], False, limit, source),
                outcomes([*arguments, *only], True, limit, source),
            )
            differing = [row for row in again if row[0] in names]
        return differing, plain


def main():
    """Compares, prints a line a suite, and exits with 1 where a test ended differently."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("suites", nargs="*", metavar="SUITE", help="all, if none is named")
    parser.add_argument("--part", action="store_true", help="only the short part of each")
    parser.add_argument("--limit", type=float, default=4 * 3600, help="seconds a run may take")
    arguments = parser.parse_args()
    known = {suite.name: suite for suite in SUITES}
    for name in arguments.suites:
        package = name.partition(".")[0]
        if name not in known and (package not in known or importlib.util.find_spec(name) is None):
            parser.error(f"no suite {name}: choose from {', '.join(known)}, or a part of one")
        known.setdefault(name, Suite(name, (name,)))
    failed = False
    for name in arguments.suites or [suite.name for suite in SUITES]:
        differing, plain = compare(known[name], arguments.part, arguments.limit)
        passed = sum(outcome == "passed" for outcome in plain.values())
        print(
            f"{name}: {len(plain)} tests, {passed} pass without, {len(differing)} end differently"
        )
        for test, without, governed in differing:
            print(f"  {test}: {without} without, {governed} with the governor")
        failed |= bool(differing)
    sys.exit(failed)


if __name__ == "__main__":
    main()
