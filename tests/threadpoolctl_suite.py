"""threadpoolctl's own tests, with threadpoolctl and with corewise in its place: the same outcomes.

    python tests/threadpoolctl_suite.py PATH
    python tests/threadpoolctl_suite.py PATH --load /usr/lib/libblis.so.4

PATH is a source checkout of threadpoolctl. It is copied twice to a temporary folder, where its
Cython modules and its C library are built; nothing is written to the checkout. threadpoolctl itself
is the installed one, else that of the checkout. A test that ends worse with corewise is a failure.

A library that is named by ``--load`` is loaded before the tests, so that they find it.
"""

import argparse
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

# In the place of threadpoolctl.py: a module of that name and place with corewise's content.
SHIM = """\
from corewise import threadpoolctl as _ours

globals().update({name: value for name, value in vars(_ours).items() if name[:2] != "__"})
__version__, __all__ = _ours.__version__, _ours.__all__
if __name__ == "__main__":
    _main()
"""
# A plugin of pytest's, so that interpreters which the tests start are as they would be.
LOADER = """\
import ctypes, os
for _path in filter(None, os.environ["SUITE_LOAD"].split(":")):
    ctypes.CDLL(_path, ctypes.RTLD_GLOBAL)
"""
ORDER = ("passed", "skipped", "failure", "error", "missing")


def run(command, folder, **more):
    """Runs a command in a folder; says what it printed where it fails."""
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, **more)
    if ended.returncode != 0:
        print(f"  {' '.join(map(str, command))}: {ended.stderr.strip().splitlines()[-1:]}")
    return ended.returncode == 0


def build(folder):
    """Builds what the tests need; what cannot be built here they skip, in both runs."""
    library = folder / "tests" / "_pyMylib"
    source, target = "my_threaded_lib.c", "my_threaded_lib.so"
    run(["cc", "-fpic", "-shared", "-o", target, source], library)
    modules = folder / "tests" / "_openmp_test_helper"
    for name in ("setup_inner.py", "setup_outer.py", "setup_nested_prange_blas.py"):
        run([sys.executable, name, "-q", "build_ext", "-i"], modules)


def outcomes(folder, load):
    """How each test of the suite in a folder ends."""
    report = folder / "report.xml"
    path = [str(folder), str(folder / "tests" / "_openmp_test_helper")]
    path += os.environ.get("PYTHONPATH", "").split(os.pathsep)
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(filter(None, path)),
        "SUITE_LOAD": ":".join(load),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"]
    command += ["-p", "suite_loader", "-o", "addopts=", f"--junitxml={report}", "tests"]
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if not report.exists():
        sys.exit(f"error: pytest gave no report:\n{ended.stdout[-4000:]}{ended.stderr[-4000:]}")
    return read(report)


def read(report):
    """How each test of a report ended, and what was said of those that did not pass."""
    found = {}
    for case in ElementTree.parse(report).iter("testcase"):
        kinds = [child for child in case if child.tag in ORDER]
        text = "" if not kinds else (kinds[0].get("message") or "").strip()
        name = f"{case.get('classname')}::{case.get('name')}"
        found[name] = (kinds[0].tag if kinds else "passed", text)
    return found


def compare(before, after, verbose=False):
    """Prints the counts of both runs and what differs; says whether a test ended worse."""
    for title, ended in (("threadpoolctl", before), ("corewise", after)):
        counts = {kind: sum(one == kind for one, _ in ended.values()) for kind in ORDER}
        words = ", ".join(f"{count} {kind}" for kind, count in counts.items() if count)
        print(f"{title:14} {len(ended)} tests: {words}")
    worse = False
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, ("missing", "")), after.get(name, ("missing", ""))
        if old[0] != new[0]:
            print(f"  {name}: {old[0]} with threadpoolctl, {new[0]} with corewise: {new[1][:300]}")
            worse |= ORDER.index(new[0]) > ORDER.index(old[0])
        elif verbose and new[0] != "passed":
            print(f"  {name}: {new[0]} with both: {new[1][:200]}")
    return worse


def main():
    """Compares, prints the counts and what differs, and exits with 1 where a test ended worse."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("path", type=pathlib.Path, metavar="PATH", help="a checkout")
    parser.add_argument("--load", action="append", default=[], metavar="LIBRARY")
    parser.add_argument("--verbose", action="store_true", help="say why tests skip")
    options = parser.parse_args()
    installed = importlib.util.find_spec("threadpoolctl")
    theirs = pathlib.Path(installed.origin) if installed else options.path / "threadpoolctl.py"
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary, "theirs")
        ignored = shutil.ignore_patterns(".git", "build", "*.so", "__pycache__")
        shutil.copytree(options.path, folder, ignore=ignored)
        build(folder)
        (folder / "suite_loader.py").write_text(LOADER)
        shutil.copytree(folder, ours := pathlib.Path(temporary, "ours"))
        shutil.copyfile(theirs, folder / "threadpoolctl.py")
        (ours / "threadpoolctl.py").write_text(SHIM)
        before, after = outcomes(folder, options.load), outcomes(ours, options.load)
    sys.exit(compare(before, after, options.verbose))


if __name__ == "__main__":
    main()
