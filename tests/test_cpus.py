"""`corewise cpus`: its output, and the answers that it foretells of others, held against theirs."""

import json
import os
import re
import subprocess

import pytest

from execution import clean_environment, execute, read_until

# Asks everybody in one process, so that all see the same mask and variables.
ASK_EVERYBODY = """
import ctypes, glob, importlib.util, json, os, subprocess, sys
import dask.system, joblib, numpy, threadpoolctl

answers = {
    "os.cpu_count()": os.cpu_count(),
    "joblib.cpu_count()": joblib.cpu_count(),
    "joblib.cpu_count(only_physical_cores=True)": joblib.cpu_count(only_physical_cores=True),
    "dask.system.CPU_COUNT": dask.system.CPU_COUNT,
    "nproc": int(subprocess.check_output(["nproc"])),
}
if sys.version_info >= (3, 13):
    answers["os.process_cpu_count()"] = os.process_cpu_count()
for pool in threadpoolctl.threadpool_info():
    if pool["internal_api"] == "openblas":
        answers["OpenBLAS"] = pool["num_threads"]
folder = os.path.dirname(importlib.util.find_spec("sklearn").origin) + "/../scikit_learn.libs"
for path in glob.glob(folder + "/libgomp*"):
    gomp = ctypes.CDLL(path)
    answers["omp_get_num_procs()"] = gomp.omp_get_num_procs()
    answers["omp_get_max_threads()"] = gomp.omp_get_max_threads()
print(json.dumps(answers))
"""

SETTINGS = {
    "nothing": {},
    "OMP_NUM_THREADS": {"OMP_NUM_THREADS": "3"},
    "OMP levels": {"OMP_NUM_THREADS": "5,2", "OMP_THREAD_LIMIT": "4"},
    "OMP_THREAD_LIMIT": {"OMP_THREAD_LIMIT": "1"},
    "OPENBLAS_NUM_THREADS": {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "2"},
    "LOKY_MAX_CPU_COUNT": {"LOKY_MAX_CPU_COUNT": "1"},
    "PYTHON_CPU_COUNT": {"PYTHON_CPU_COUNT": "1"},
}


def answer(corewise, *options, prefix=(), **variables):
    result = execute(*prefix, corewise, "cpus", *options, env=clean_environment(**variables))
    assert result.returncode == 0, result.stderr
    return result.stdout.decode()


def one_cpu():
    """A prefix that leaves the first of the CPUs that the tests may use."""
    return ["taskset", "-c", str(min(os.sched_getaffinity(0)))]


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("bound", [False, True], ids=["free", "bound to one CPU"])
def test_what_others_say_is_foretold(corewise, python, name, bound):
    prefix = one_cpu() if bound else []
    environment = clean_environment(**SETTINGS[name])
    said = execute(*prefix, python, "-c", ASK_EVERYBODY, env=environment)
    assert said.returncode == 0, said.stderr
    said = json.loads(said.stdout)
    told = json.loads(answer(corewise, "--json", prefix=prefix, **SETTINGS[name]))
    told = {opinion["who"]: opinion["cores"]["known"] for opinion in told["opinions"]}

    version = execute("nproc", "--version").stdout.split(b"\n")[0].split()[-1].decode()
    new = tuple(int(part) for part in version.split(".")) >= (9, 8)
    told["nproc"] = told[f"nproc (coreutils {'9.8 and newer' if new else 'before 9.8'})"]
    old_python = "os.process_cpu_count()" not in said
    if name == "PYTHON_CPU_COUNT" and old_python:
        pytest.skip("PYTHON_CPU_COUNT means nothing before Python 3.13")
    assert {who: told[who] for who in said} == said
    assert len(said) >= 7, f"too few were asked: {said}"


def test_affinity_limits_and_decides(corewise):
    told = json.loads(answer(corewise, "--json", prefix=one_cpu()))
    assert told["cores"] == 1.0
    assert told["threads"] == 1
    sources = [limit["source"] for limit in told["limits"]]
    assert sources[0] == "online"
    assert "affinity" in {sources[index] for index in told["decided_by"]}


def test_quiet_prints_a_number_for_scripts(corewise):
    assert answer(corewise, "--quiet", SLURM_CPUS_PER_TASK="1") == "1\n"
    script = 'OMP_NUM_THREADS=$("$0" cpus -q) sh -c "echo \\$OMP_NUM_THREADS"'
    assert re.fullmatch(rb"\d+\n", execute("sh", "-c", script, corewise).stdout)


def test_nonsense_in_a_variable_is_told_on_stderr(corewise):
    result = execute(corewise, "cpus", "-q", env=clean_environment(SLURM_CPUS_PER_TASK="many"))
    assert result.returncode == 0
    assert int(result.stdout) >= 1
    assert b"SLURM_CPUS_PER_TASK" in result.stderr


def test_another_process_is_asked_by_its_own_environment(corewise, python):
    program = "import sys; print('ready', flush=True); sys.stdin.read()"
    command = [*one_cpu(), python, "-c", program]
    environment = clean_environment(OMP_NUM_THREADS="7")
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=environment, **pipes) as process:
        read_until(process.stdout, b"ready")
        told = json.loads(answer(corewise, "--pid", str(process.pid), "--json"))
        process.stdin.close()
    assert told["cores"] == 1.0
    said = {opinion["who"]: opinion["cores"] for opinion in told["opinions"]}
    assert said["omp_get_max_threads()"] == {"known": 7}


@pytest.mark.parametrize(
    ("options", "status", "words"),
    [
        (["--pid", "4194305"], 66, b"no process with PID 4194305"),
        (["--pid", "0"], 64, b"0"),
        (["--pid", "self"], 64, b"self"),
        (["--quiet", "--json"], 64, b"--json"),
    ],
)
def test_wrong_use_is_refused(corewise, options, status, words):
    result = execute(corewise, "cpus", *options)
    assert (result.returncode, result.stdout) == (status, b"")
    assert words in result.stderr
