"""Tests about limits of packages that use threadpoolctl, with it and with corewise in its place.

    python tests/threadpoolctl_users.py

A test that ends worse with corewise is a failure.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

from threadpoolctl_suite import compare, read

# Modules, and of large ones the tests that limit threads or ask for numbers of threads.
USERS = {
    "sklearn.cluster.tests.test_k_means": "",
    "sklearn.utils.tests.test_show_versions": "",
    "sklearn.utils.tests.test_parallel": "",
    "sklearn.metrics.tests.test_pairwise_distances_reduction": "thread",
    "joblib.test.test_parallel": "threadpool or max_num_threads",
    # The module that is limited is loaded by the tests before.
    "scipy.io.tests.test_mmio": "",
}


def outcomes(module, words, *plugin):
    """How the tests of a module end."""
    with tempfile.TemporaryDirectory() as folder:
        report = pathlib.Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-o", "addopts="]
        command += [*plugin, f"--junitxml={report}", "--pyargs", module, "-k", words]
        here = str(pathlib.Path(__file__).parent)
        environment = {**os.environ, "PYTHONPATH": here}
        ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
        if not report.exists():
            sys.exit(f"error: pytest gave no report:\n{ended.stdout[-4000:]}{ended.stderr[-4000:]}")
        return read(report)


def main():
    """Compares each, and exits with 1 where a test ended worse."""
    worse = False
    for module, words in USERS.items():
        print(f"{module} {words}", flush=True)
        before = outcomes(module, words)
        worse |= compare(before, outcomes(module, words, "-p", "threadpoolctl_installed"))
    sys.exit(worse)


if __name__ == "__main__":
    main()
