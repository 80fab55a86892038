"""`corewise pools`: what it says of a program, held against what the program and its files say."""

import ctypes
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys

import pytest

from execution import clean_environment, execute, read_until

MODULES = ["numpy", "scipy.linalg", "sklearn"]

# Of pools that have hooks: elsewhere they are only sized by a variable.
REACHED = "each_region" if platform.machine() == "x86_64" else "at_start"

# Imports, perhaps limits, and says what threadpoolctl finds; then waits for its input to close.
ASK_THREADPOOLCTL = """
import importlib, json, sys
import threadpoolctl

for module in sys.argv[2:]:
    importlib.import_module(module)
if int(sys.argv[1]):
    limits = threadpoolctl.threadpool_limits(int(sys.argv[1]), user_api="blas")
print(json.dumps(threadpoolctl.threadpool_info()))
print("ready", flush=True)
sys.stdin.read()
"""


def survey(corewise, *arguments, **more):
    result = execute(corewise, "pools", "--json", *arguments, **more)
    assert result.returncode == 0, result.stderr.decode()
    return json.loads(result.stdout)


def known(fact):
    """The value of a fact; the test fails with the reason where it is unknown."""
    return fact["known"]


def fresh(corewise, python, *modules, **more):
    return survey(corewise, "--python", python, "--import", *modules, **more)


def by_path(pools):
    return {pool["path"]: pool for pool in pools}


def assert_agrees(pool, theirs):
    """What threadpoolctl says of a library, held against what `corewise pools` says of it."""
    if theirs["internal_api"] == "openblas":
        assert known(pool["size"]) == theirs["num_threads"]
        assert known(pool["version"]) == theirs["version"]
        assert known(pool["architecture"]) == theirs["architecture"]
        assert known(pool["threading_layer"]) == theirs["threading_layer"]
        assert pool["runtime"] == "openblas"
        assert pool["scope"] == "process"
        assert pool["governed"] == REACHED
    else:
        assert pool["runtime"] == "libgomp"
        assert pool["scope"] == "thread"
        assert pool["governed"] == REACHED


def test_a_fresh_interpreter_has_what_threadpoolctl_finds(corewise, python):
    pools = by_path(fresh(corewise, python, *MODULES)["pools"])
    code = ASK_THREADPOOLCTL
    asked = execute(python, "-c", code, 0, *MODULES, stdin=subprocess.DEVNULL)
    theirs = json.loads(asked.stdout.splitlines()[0])
    assert len(theirs) >= 3
    assert {os.path.realpath(one["filepath"]) for one in theirs} == set(pools)
    for one in theirs:
        pool = pools[os.path.realpath(one["filepath"])]
        assert_agrees(pool, one)
        # In a fresh interpreter OpenMP's runtime can be asked as well.
        assert known(pool["size"]) == one["num_threads"]


@pytest.mark.parametrize("limit", [0, 1])
def test_from_outside_the_same_is_seen_and_limits_too(corewise, python, started, limit):
    command = [python, "-c", ASK_THREADPOOLCTL, limit, *MODULES]
    program = started(command, ready=False)
    theirs = json.loads(read_until(program.stdout, b"ready")[-1])
    seen = survey(corewise, program.pid)
    pools = by_path(seen["pools"])
    for one in theirs:
        assert_agrees(pools[os.path.realpath(one["filepath"])], one)
    blas = [one for one in theirs if one["user_api"] == "blas"]
    assert len(blas) == 2
    if limit:
        assert {known(pools[os.path.realpath(one["filepath"])]["size"]) for one in blas} == {1}
    assert seen["python"] == ["CPython", seen["python"][1]]
    version = ".".join(map(str, sys.version_info[:3]))
    assert version.startswith(known(seen["python"][1]))
    # libgomp keeps its number where nobody else can read it: the reason is said.
    gomp = [pool for pool in seen["pools"] if pool["runtime"] == "libgomp"]
    assert "exports no variable" in gomp[0]["size"]["unknown"]


# Pools of one process from inside, with what threadpoolctl finds there.
ASK_BOTH = """
import dataclasses, json, numpy, scipy.linalg, sklearn, threadpoolctl
import corewise

with threadpoolctl.threadpool_limits(1, user_api="openmp"):
    theirs = threadpoolctl.threadpool_info()
    ours = corewise.pools()
assert all(pool.distribution.shipper == "wheel" for pool in ours), ours
facts = [[pool.path, pool.version, pool.size, pool.governed] for pool in ours]
print(json.dumps([theirs, facts], default=str))
"""


def test_from_inside_each_runtime_is_asked(python):
    if importlib.util.find_spec("corewise") is None:
        pytest.skip("corewise is not installed in this interpreter")
    result = execute(python, "-c", ASK_BOTH)
    assert result.returncode == 0, result.stderr.decode()
    theirs, ours = json.loads(result.stdout)
    assert {governed for *_, governed in ours} == {REACHED}
    ours = {path: (version, size) for path, version, size, _ in ours}
    assert {os.path.realpath(one["filepath"]) for one in theirs} == set(ours)
    for one in theirs:
        version, size = ours[os.path.realpath(one["filepath"])]
        assert size == one["num_threads"]
        assert one["version"] in (version, None)
    # The limit for OpenMP is the calling thread's, which is the one that asked.
    assert {one["num_threads"] for one in theirs if one["user_api"] == "openmp"} == {1}


def test_each_library_was_shipped_by_its_wheel(corewise, python):
    pools = fresh(corewise, python, *MODULES, "numexpr")["pools"]
    shipped = {
        (known(p["distribution"])["name"], known(p["distribution"])["version"]) for p in pools
    }
    names = ["numpy", "scipy", "scikit-learn", "numexpr"]
    assert shipped == {(name, importlib.metadata.version(name)) for name in names}
    assert {known(pool["distribution"])["shipper"] for pool in pools} == {"wheel"}


def test_what_python_alone_knows_is_asked_through_python(corewise, python):
    pools = fresh(corewise, python, "numexpr", env=clean_environment(NUMEXPR_NUM_THREADS=3))[
        "pools"
    ]
    (numexpr,) = [pool for pool in pools if pool["runtime"] == "numexpr"]
    assert known(numexpr["size"]) == 3
    assert known(numexpr["version"]) == importlib.metadata.version("numexpr")
    assert numexpr["governed"] == "at_start"


def test_the_table_fits_80_columns_and_names_what_is_loaded_twice(corewise, python):
    result = execute(corewise, "pools", "--python", python, "--import", *MODULES)
    text = result.stdout.decode()
    table = [line for line in text.splitlines() if re.match(r" +runtime|\d  \w", line)]
    assert len(table) >= 4
    assert max(map(len, table)) <= 80
    assert "Loaded more than once\n   OpenBLAS: 1, 2\n" in text
    assert "unknown (" in text
    assert text.count("\n   governed: ") == 3
    assert result.stderr == b""


def test_what_imports_print_does_not_reach_the_data(corewise, python, tmp_path):
    (tmp_path / "chatty.py").write_text("print('hello')\nimport os\nos.write(1, b'raw')\n")
    environment = clean_environment(PYTHONPATH=tmp_path)
    result = execute(
        corewise, "pools", "--json", "--python", python, "--import", "chatty", env=environment
    )
    assert json.loads(result.stdout)["pools"] == []
    assert b"hello" in result.stderr
    assert b"raw" in result.stderr


FAILING_IMPORTS = {
    "missing": (None, "cannot import missing: ModuleNotFoundError: No module named 'missing'"),
    "raises": ("raise ValueError('one\\ntwo \\x1b[31m')", "cannot import raises: ValueError: one"),
    "leaves": ("import sys; sys.exit(3)", "cannot import leaves: SystemExit: 3"),
    "dies": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "while it imported dies"),
}


@pytest.mark.parametrize("module", FAILING_IMPORTS)
def test_an_import_that_fails_is_named(corewise, python, tmp_path, module):
    code, message = FAILING_IMPORTS[module]
    if code:
        (tmp_path / f"{module}.py").write_text(code)
    environment = clean_environment(PYTHONPATH=tmp_path)
    result = execute(
        corewise, "pools", "--python", python, "--import", "json", module, env=environment
    )
    assert result.returncode == 69
    assert message in result.stderr.decode()
    assert b"Traceback" not in result.stderr
    assert result.stdout == b""


def test_interpreters_that_cannot_be_started(corewise, tmp_path):
    file = tmp_path / "no-program"
    file.write_text("")
    for path, status in [(tmp_path / "nothing", 127), (file, 126)]:
        result = execute(corewise, "pools", "--python", path, "--import", "json")
        assert result.returncode == status
        assert b"cannot start" in result.stderr


@pytest.mark.parametrize(
    "words", [[], ["1", "--import", "json"], ["0"], ["-5"], ["numpy"], ["--python", "x"]]
)
def test_a_wrong_command_line_is_a_usage_error(corewise, words):
    result = execute(corewise, "pools", *words)
    assert result.returncode == 64
    assert result.stdout == b""


def test_processes_that_have_no_pools_to_show(corewise, started):
    nobody = execute(corewise, "pools", 2**22 + 1)
    assert nobody.returncode == 66
    assert b"no process with PID" in nobody.stderr
    sleep = started(["sleep", "1000"], ready=False)
    other = execute(corewise, "pools", sleep.pid)
    assert other.returncode == 0
    assert b"no Python interpreter, no pool" in other.stdout
    zombie = subprocess.Popen(["true"])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    ended = execute(corewise, "pools", zombie.pid)
    zombie.wait()
    assert ended.returncode == 66
    assert b"has ended" in ended.stderr


def test_a_process_that_dies_meanwhile_is_a_clear_error(corewise, python):
    for _ in range(5):
        program = subprocess.Popen([python, "-c", "import numpy"])
        statuses = set()
        while program.poll() is None:
            result = execute(corewise, "pools", program.pid)
            statuses.add(result.returncode)
            assert b"panicked" not in result.stderr
        assert statuses <= {0, 66}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_another_user_s_process_is_forbidden(corewise):
    # The command itself must be within the other user's reach.
    place = shutil.copy(corewise, "/tmp/corewise-of-nobody")
    try:
        os.chmod(place, 0o755)
        if pathlib.Path(place).read_bytes().startswith(b"#!"):
            pytest.skip("the command under test is a script of an environment of root's")
        result = execute(place, "pools", os.getpid(), user=65534, group=65534, cwd="/")
    finally:
        os.unlink(place)
    assert result.returncode == 77
    assert b"no permission to look at process" in result.stderr


def test_names_with_escape_sequences_are_spelled_out(corewise, python, started):
    # PR_SET_NAME is 15; the kernel keeps 15 bytes.
    code = (
        "import ctypes, sys; ctypes.CDLL(None).prctl(15, b'\\x1b[31m\\nevil', 0, 0, 0);"
        "print('ready', flush=True); sys.stdin.read()"
    )
    program = started([python, "-c", code])
    result = execute(corewise, "pools", program.pid)
    assert result.returncode == 0
    assert b"\\x1b[31m\\nevil" in result.stdout
    assert b"\x1b" not in result.stdout
    assert survey(corewise, program.pid)["name"] == "\x1b[31m\nevil"


def test_the_process_is_not_stopped(corewise, python, started):
    """A stop, by ptrace or by a signal, would be told to its parent, which we are."""
    program = started([python, "-c", "import numpy; print('ready', flush=True); input()"])
    libc = ctypes.CDLL(None, use_errno=True)
    for _ in range(20):
        survey(corewise, program.pid)
    information = ctypes.create_string_buffer(128)
    # WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT
    assert libc.waitid(os.P_PID, program.pid, information, 2 | 8 | 1 | 0x0100_0000) == 0
    assert information.raw == bytes(128)
