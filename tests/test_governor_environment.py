"""What a governed program finds in its environment."""

import os

import pytest

from execution import clean_environment
from governed.running import corewise_run, run

CPUS = len(os.sched_getaffinity(0))
SHOW = 'echo "$OMP_NUM_THREADS,$OPENBLAS_NUM_THREADS,$LOKY_MAX_CPU_COUNT"'
# A child of the interpreter inherits what the start-up hook has set, os.environ does not show it.
NAMES = "$GOMP_SPINCOUNT,$KMP_BLOCKTIME,$OPENBLAS_THREAD_TIMEOUT"
SPINS = f'import subprocess; subprocess.run(["sh", "-c", "echo {NAMES}"])'


def lines(*words, **variables):
    result = run(*words, env=clean_environment(**variables))
    assert result.returncode == 0, result.stderr
    return result.stdout.decode().splitlines()


@pytest.mark.parametrize("cores", [CPUS, CPUS + 1])
def test_variables_size_pools_only_where_these_would_have_another_size(corewise, cores):
    shown = lines(*corewise_run(corewise, "--cores", cores), "sh", "-c", SHOW)
    assert shown == [",," if cores == CPUS else f"{cores},{cores},{cores}"]


@pytest.mark.skipif(CPUS < 2, reason="there is one CPU")
def test_the_affinity_mask_is_what_pools_would_take(corewise):
    first = str(min(os.sched_getaffinity(0)))
    words = ["taskset", "-c", first, *corewise_run(corewise, "--cores", "1"), "sh", "-c", SHOW]
    assert lines(*words) == [",,"]


@pytest.mark.skipif(CPUS < 2, reason="there is one CPU")
def test_joblib_divides_the_cores_among_its_workers(corewise, python):
    code = (
        "import joblib, os; print(joblib.Parallel(n_jobs=2, backend='loky')("
        "joblib.delayed(os.getenv)(name) for name in ['OMP_NUM_THREADS'] * 2))"
    )
    each = str(CPUS // 2)
    shown = lines(*corewise_run(corewise, "--cores", CPUS), python, "-c", code)
    assert shown == [repr([each, each])]


@pytest.mark.parametrize(
    ("variables", "spins"),
    [
        ({}, "30000,1,18"),
        ({"GOMP_SPINCOUNT": "7"}, "7,1,18"),
        ({"KMP_BLOCKTIME": "infinite"}, "30000,infinite,18"),
        ({"OMP_WAIT_POLICY": "active"}, ",,18"),
        ({"OPENBLAS_THREAD_TIMEOUT": "26"}, "30000,1,26"),
    ],
)
def test_idle_threads_spin_shortly_unless_the_user_says_how(corewise, python, variables, spins):
    assert lines(*corewise_run(corewise), python, "-c", SPINS, **variables) == [spins]


def test_ungovern_takes_back_what_it_set(python):
    code = f"import corewise; corewise.govern(); {SPINS}; corewise.ungovern(); {SPINS}"
    assert lines(python, "-c", code) == ["30000,1,18", ",,"]
    kept = "import corewise, os; corewise.govern(); os.environ['KMP_BLOCKTIME'] = '5'; "
    kept += f"corewise.ungovern(); {SPINS}"
    assert lines(python, "-c", kept) == [",5,"]


@pytest.mark.parametrize("cores", [CPUS, CPUS + 1])
def test_the_report_says_which_variables_were_set(corewise, python, cores):
    words = [corewise, "run", "--cores", cores, "--", python, "-c", "sum(range(10**7))"]
    result = run(*words, env=clean_environment())
    assert result.returncode == 0, result.stderr
    report = result.stderr.decode()
    assert "exit status 0" in report
    assert ("corewise set" in report) == (cores != CPUS)
