"""Where the system gives little, a governed program ends as an ungoverned one does."""

import os
import platform
import shutil
import subprocess

import pytest

from execution import clean_environment
from governed.compiling import library
from governed.running import corewise_run, program, run, told

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: namespaces, another real user")


def needs(tool):
    if shutil.which(tool) is None:
        pytest.skip(f"no {tool}")


@pytest.fixture
def environment():
    return clean_environment(OPENBLAS_NUM_THREADS=2)


@pytest.fixture
def namespaces():
    """Whether this container allows namespaces of one's own."""
    needs("unshare")
    probe = run("unshare", "-m", "-p", "-f", "--mount-proc", "true")
    if probe.returncode != 0:
        pytest.skip(f"no namespaces: {probe.stderr.decode().strip()}")


def both(python, environment, before, *options):
    """The same program under the same limits, plain and governed."""
    words = [*before, python, program("blas_calls"), *options]
    return run(*words, env=environment), run(*words, "--govern", env=environment)


@as_root
@pytest.mark.parametrize("processes", [1, 2, 4])
def test_threads_that_cannot_start(python, environment, processes):
    """RLIMIT_NPROC counts tasks of the real user, and root is exempt: another one, rights kept."""
    needs("setpriv")
    needs("prlimit")
    user = 54321 + processes
    before = ["setpriv", f"--ruid={user}", "--bounding-set=-sys_admin,-sys_resource"]
    before += ["prlimit", f"--nproc={processes}"]
    plain, governed = both(python, environment, before, "--threads")
    assert governed.returncode == plain.returncode, governed.stderr
    assert governed.stdout == plain.stdout
    assert governed.stderr == plain.stderr


@as_root
def test_threads_that_can_no_longer_start(python, environment):
    """OpenBLAS ends the program where it cannot start its threads; they were there before."""
    needs("setpriv")
    before = ["setpriv", "--ruid=54330", "--bounding-set=-sys_admin,-sys_resource"]
    words = [*before, python, program("resources_late")]
    plain = run(*words, env=environment)
    governed = run(*words, "--govern", env=environment, patience=15)
    assert (plain.returncode, plain.stdout) == (0, b"right\n")
    assert (governed.returncode, governed.stdout) == (0, b"right\n"), governed.stderr


@pytest.mark.parametrize("megabytes", [60, 150, 400, 900])
def test_little_memory(python, environment, megabytes):
    needs("prlimit")
    before = ["prlimit", f"--as={megabytes << 20}"]
    plain, governed = both(python, environment, before)
    assert governed.returncode == plain.returncode, governed.stderr
    assert governed.stdout == plain.stdout


def test_few_descriptors(python, environment):
    """None is left when it looks: what it needs it has had, or does without."""
    code = (
        "import os, numpy, scipy.linalg\n"
        "from corewise import govern\n"
        "taken = []\n"
        "try:\n"
        "    while True: taken.append(os.dup(0))\n"
        "except OSError: pass\n"
        "governed = govern(cores=2).active\n"
        "a = numpy.ones((300, 300))\n"
        "print((a @ a == 300).all(), governed, os.environ.get('COREWISE_SESSION'))\n"
        "for one in taken: os.close(one)\n"
    )
    needs("prlimit")
    result = run("prlimit", "--nofile=40", python, "-c", code, env=environment)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == [b"True", b"True", b"None"]
    assert result.stderr == b""


READ_ONLY = 'mount -t tmpfs -o ro tmpfs /dev/shm && exec "$@"'


@as_root
def test_govern_without_shared_memory(python, environment, namespaces):
    """It governs itself alone, and says nothing: there is no session for children to find."""
    words = [python, program("blas_calls"), "--govern", "--state"]
    result = run("unshare", "-m", "sh", "-c", READ_ONLY, "sh", *words, env=environment)
    assert result.stdout == b"right 6\nactive True None\n", result.stderr
    assert (result.returncode, result.stderr) == (0, b"")


@as_root
def test_corewise_run_without_shared_memory(corewise, python, environment, namespaces):
    words = [corewise, "run", "--no-record", "--cores", "2", "--", python, program("blas_calls")]
    result = run("unshare", "-m", "sh", "-c", READ_ONLY, "sh", *words, env=environment)
    assert (result.returncode, result.stdout) == (0, b"right 6\n"), result.stderr
    lines = result.stderr.decode().splitlines()
    assert all(line.startswith("corewise: ") for line in lines)
    assert len([line for line in lines if "pools are sized before the program starts" in line]) == 1
    # Nothing is shared, so nothing says so.
    assert "share" not in result.stderr.decode()


@as_root
def test_a_named_session_without_shared_memory_is_refused(corewise, python, namespaces):
    words = [corewise, "run", "--no-record", "--session", "x", "--", python, "-c", "print(1)"]
    result = run("unshare", "-m", "sh", "-c", READ_ONLY, "sh", *words)
    assert result.returncode != 0
    assert result.stdout == b""
    assert b"hint: " in result.stderr


@as_root
def test_a_session_across_pid_namespaces(corewise, python, environment, namespaces, tmp_path):
    """PIDs of one mean nothing in the other: neither waits, or takes the other for dead."""
    name = f"test-{os.getpid()}-pidns"
    words = [*corewise_run(corewise, "--cores", "2", "--session", name), python]
    outside = subprocess.Popen(
        [*map(str, words), str(program("resources_shared")), "out", "in", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    try:
        inside = run(
            "unshare",
            "-p",
            "-f",
            "--mount-proc",
            *words,
            program("resources_shared"),
            "in",
            "out",
            tmp_path,
            env=environment,
        )
    finally:
        out, err = outside.communicate(timeout=60)
    first = told(subprocess.CompletedProcess([], outside.returncode, out, err))
    second = told(inside)
    assert second["pid"] != first["pid"]
    for facts in (first, second):
        assert facts["active"] is True
        assert facts["right"] is True
        assert facts["met"] is True
        # A call of a few ms; it may be descheduled for a while.
        assert facts["longest"] < 5
    assert first["session"] == second["session"]
    assert not os.path.exists(first["session"])


@pytest.mark.skipif(platform.machine() != "x86_64", reason="the filter has x86-64's numbers")
def test_memory_that_stays_read_only(python, environment):
    """What cannot be hooked runs as it would without, and is counted."""
    words = [python, program("resources_seccomp"), library("team")]
    environment = {**environment, "OMP_NUM_THREADS": "2"}
    facts = told(run(*words, env=environment))
    assert facts["right"] is True
    assert facts["active"] is True
    assert facts["refused"] >= 1
    # The library is hardened: its slots stay as they were.
    assert facts["before"] == facts["teams"] == [2, 2]
