"""Raised defaults of whole programs: `corewise run --defaults`, and packages imported later."""

import json
import re

import pytest

from execution import clean_environment, execute

# What the packages would use, said by a program of its own.
NUMBERS = """
import json, sys
import joblib, numexpr, scipy.fft
def numbers():
    return {
        "joblib": joblib.Parallel().n_jobs,
        "numexpr": numexpr.get_num_threads(),
        "scipy.fft": scipy.fft.get_workers(),
    }
def say(what):
    print(json.dumps(what))
"""
SAY = NUMBERS + "say(numbers())\n"


@pytest.fixture
def tell(python, script):
    """A function: what a program says as JSON, started with these words before it."""

    def run(source, *words, **more):
        ended = execute(*words, python, script(source), **more)
        assert ended.returncode == 0, ended.stderr.decode()
        return json.loads(ended.stdout)

    return run


@pytest.fixture
def raised(corewise):
    """The words before a program whose defaults are raised to 3 cores."""
    return [corewise, "run", "--no-record", "--quiet", "--cores", "3", "--defaults", "--"]


# ---- corewise run --defaults ----


def test_a_governed_program(tell, raised):
    assert tell(SAY, *raised) == {"joblib": 3, "numexpr": 3, "scipy.fft": 3}


def test_a_program_that_is_not_governed(tell, corewise):
    words = [corewise, "run", "--quiet", "--no-govern", "--defaults", "--"]
    alone, told = tell(SAY), tell(SAY, *words)
    cores = tell("import corewise; print(corewise.cpu_count())")
    assert told == {**alone, "joblib": cores, "scipy.fft": cores}


def test_without_the_option_nothing_is_raised(tell, corewise):
    words = [corewise, "run", "--no-record", "--quiet", "--cores", "3", "--"]
    told = tell(SAY, *words)
    assert (told["joblib"], told["scipy.fft"]) == (1, 1)


def test_children_and_not_workers(tell, raised):
    source = f"""{NUMBERS}
import subprocess, multiprocessing as mp
def work(_=None):
    return joblib.Parallel().n_jobs, scipy.fft.get_workers()
if __name__ == "__main__":
    child = subprocess.run([sys.executable, "-c", {SAY!r}], capture_output=True, check=True)
    workers = {{}}
    for method in ("fork", "spawn", "forkserver"):
        with mp.get_context(method).Pool(1) as pool:
            workers[method] = pool.apply(work)
    workers["loky"] = joblib.Parallel(n_jobs=2)([joblib.delayed(work)()])[0]
    say([json.loads(child.stdout), workers])
"""
    child, workers = tell(source, *raised)
    assert child == {"joblib": 3, "numexpr": 3, "scipy.fft": 3}
    assert workers == {how: [1, 1] for how in ("fork", "spawn", "forkserver", "loky")}


def test_what_the_user_set_stays(tell, raised):
    environment = clean_environment(LOKY_MAX_CPU_COUNT=2, NUMEXPR_NUM_THREADS=1)
    told = tell(SAY, *raised, env=environment)
    assert told == {"joblib": 2, "numexpr": 1, "scipy.fft": 3}


def test_what_the_program_sets_stays(tell, raised):
    source = f"""{NUMBERS}
numexpr.set_num_threads(1)
with joblib.parallel_config(n_jobs=1), scipy.fft.set_workers(2):
    inside = numbers()
say([inside, numbers()])
"""
    inside, after = tell(source, *raised)
    assert inside == {"joblib": 1, "numexpr": 1, "scipy.fft": 2}
    assert after == {"joblib": 3, "numexpr": 1, "scipy.fft": 3}


def test_a_block_inside_and_after_it(tell, raised):
    source = f"""{NUMBERS}
import corewise
with corewise.defaults(2):
    inside = numbers()
say([inside, numbers()])
"""
    inside, after = tell(source, *raised)
    assert (inside["joblib"], inside["scipy.fft"]) == (2, 2)
    assert (after["joblib"], after["scipy.fft"]) == (3, 3)


def test_polars_is_sized(tell, raised):
    pytest.importorskip("polars")  # it needs CPython 3.11
    source = "import polars; print(polars.thread_pool_size())"
    assert tell(source, *raised) == 3
    assert tell(source, *raised, env=clean_environment(POLARS_MAX_THREADS=1)) == 1


def test_numba_uses_all_by_itself(tell, raised):
    source = """
import json, threading
import corewise
block = corewise.defaults()
import numba
from numba.np.ufunc import parallel
launched, seen = parallel._is_initialized, []
look = lambda: seen.append(numba.get_num_threads())
look()
thread = threading.Thread(target=look)
thread.start()
thread.join()
print(json.dumps([launched, seen, numba.config.NUMBA_NUM_THREADS]))
"""
    assert tell(source, *raised) == [False, [3, 3], 3]


def test_cross_validation_over_gradient_boosting(tell, corewise):
    source = """
import json, os
import numpy as np
import joblib
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import cross_validate
class Boosting(HistGradientBoostingClassifier):
    def fit(self, x, y):
        self.process_ = os.getpid()
        return super().fit(x, y)
if __name__ == "__main__":
    random = np.random.default_rng(0)
    x = random.standard_normal((2000, 20))
    y = x[:, :3].sum(axis=1) + random.standard_normal(2000) > 0
    model = Boosting(max_iter=20, random_state=0)
    result = cross_validate(model, x, y, cv=4, return_estimator=True)
    processes = {estimator.process_ for estimator in result["estimator"]}
    trees = [estimator.predict_proba(x).tolist() for estimator in result["estimator"]]
    print(json.dumps([result["test_score"].tolist(), trees, os.getpid() in processes]))
"""
    words = [corewise, "run", "--no-record", "--quiet", "--cores", "2"]
    scores, trees, here = tell(source, *words, "--")
    raised_scores, raised_trees, raised_here = tell(source, *words, "--defaults", "--")
    assert (here, raised_here) == (True, False)  # in processes of their own
    assert raised_scores == scores
    assert raised_trees == trees


def test_what_is_said(corewise, python):
    ended = execute(corewise, "run", "--no-govern", "--defaults", "--", python, "-c", "print(1)")
    assert ended.stdout == b"1\n"
    assert b"corewise: defaults that are too timid are raised to " in ended.stderr


def test_deterministic_counts_are_not_raised(corewise, python):
    ended = execute(corewise, "run", "--deterministic", "--defaults", "--", python, "-c", "")
    assert ended.returncode == 64
    assert b"cannot be used with" in ended.stderr


@pytest.mark.parametrize("cores", ["0", "65537", "-1", "two", "²"])
def test_a_wrong_variable_is_named_and_harms_nothing(python, cores):
    ended = execute(python, "-c", "print(1)", env=clean_environment(COREWISE_DEFAULTS=cores))
    assert (ended.returncode, ended.stdout) == (0, b"1\n")
    assert f"COREWISE_DEFAULTS must be from 1 to 65536, not {cores!r}" in ended.stderr.decode()


def test_compare_has_a_setting_for_it(corewise, python, script):
    program = script("import os; print(os.environ.get('COREWISE_DEFAULTS'))")
    options = ["--defaults", "--cores", "2", "--runs", "1", "--warmup", "0", "--json"]
    ended = execute(corewise, "compare", *options, "--", python, program)
    settings = {each["name"]: each for each in json.loads(ended.stdout)["settings"]}
    assert list(settings) == ["without", "governed", "raised"]
    assert settings["raised"]["set"]["COREWISE_DEFAULTS"] == "2"
    assert ended.returncode == 79  # the program shows that the variable is set in one of them alone


# ---- imports ----


def test_a_start_loads_next_to_nothing(python):
    source = "import sys; print(*sorted(name for name in sys.modules if 'corewise' in name))"
    ended = execute(python, "-c", source, env=clean_environment(COREWISE_DEFAULTS=2))
    loaded = ended.stdout.decode().split()
    assert loaded == ["corewise", "corewise._defaults", "corewise._imports", "corewise._startup"]


def test_an_import_is_as_it_would_be(tell):
    source = """
import importlib.util, json, sys
import corewise
facts = []
block = corewise.defaults(3) if "COREWISE_TEST" in __import__("os").environ else None
for name in ("joblib.parallel", "numexpr", "scipy.fft"):
    spec = importlib.util.find_spec(name) if name == "numexpr" else None
    module = importlib.import_module(name)
    facts.append([repr(module.__spec__), type(module.__loader__).__qualname__,
                  sorted(vars(module.__loader__)), sorted(vars(module.__spec__)),
                  module.__spec__.loader is module.__loader__, repr(module)])
if block:
    block.undo()
print(json.dumps([facts, [type(f).__name__ for f in sys.meta_path]]))
"""
    alone = tell(source)
    plain = lambda told: re.sub(r"0x[0-9a-f]+", "0x", json.dumps(told))  # noqa: E731
    assert plain(tell(source, env=clean_environment(COREWISE_TEST=1))) == plain(alone)


@pytest.mark.parametrize(
    "how", ["import numexpr", "__import__('importlib').import_module('numexpr')"]
)
@pytest.mark.parametrize(
    "content", ["def f():\n    1 / 0\nf()\n", "1 +\n", "import nothing_of_this_name\n"]
)
def test_an_import_that_fails_has_the_same_traceback(python, tmp_path, how, content):
    (tmp_path / "numexpr.py").write_text(content)
    failed = [
        execute(python, "-c", how, cwd=tmp_path, env=clean_environment(**variables))
        for variables in ({}, {"COREWISE_DEFAULTS": 3})
    ]
    assert failed[0].returncode == 1
    assert b"Traceback" in failed[0].stderr or b"SyntaxError" in failed[0].stderr
    assert failed[1].stderr == failed[0].stderr


def test_a_package_that_is_not_there(python, tmp_path):
    source = "import sys; sys.modules.pop('torch', None); sys.path[:] = []; import torch"
    failed = execute(python, "-c", source, env=clean_environment(COREWISE_DEFAULTS=3))
    assert b"No module named 'torch'" in failed.stderr
    assert b"corewise" not in failed.stderr


def test_a_package_of_the_same_name_is_left_alone(python, tmp_path):
    (tmp_path / "numexpr.py").write_text("get_num_threads = lambda: 1\n")
    source = "import numexpr; print(numexpr.get_num_threads())"
    ended = execute(python, "-c", source, cwd=tmp_path, env=clean_environment(COREWISE_DEFAULTS=3))
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, b"1\n", b"")


def test_a_module_is_loaded_again(tell):
    source = f"""{NUMBERS}
import importlib, sys
import corewise
before = numbers()
block = corewise.defaults(5)
for name in ("joblib.parallel", "numexpr", "scipy.fft"):
    importlib.reload(sys.modules[name])
joblib.Parallel = sys.modules["joblib.parallel"].Parallel
inside = numbers()
block.undo()
say([before, inside, numbers()])
"""
    before, inside, after = tell(source)
    assert inside == dict.fromkeys(before, 5)
    assert after == before


def test_a_package_that_another_thread_is_importing(tell):
    source = f"""
import sys, threading
import corewise
begun = threading.Event()
class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "scipy.fft._pocketfft":  # within the import of scipy.fft
            begun.set()
            __import__("time").sleep(0.2)
sys.meta_path.insert(0, Slow())
thread = threading.Thread(target=__import__, args=("scipy.fft",))
thread.start()
begun.wait()
block = corewise.defaults(5)
thread.join()
{NUMBERS}
say([numbers()["scipy.fft"], block.raised["scipy.fft"]])
"""
    assert tell(source) == [5, 5]


# ---- PyTorch, which is a large download ----


def test_pytorch(tell):
    pytest.importorskip("torch")
    source = """
import json
import corewise
import torch
own = torch.get_num_threads()
with corewise.defaults(own + 3) as block:
    inside = torch.get_num_threads(), block.raised.get("torch", own)
after = torch.get_num_threads()
torch.set_num_threads(own + 1)
with corewise.defaults(own + 3) as block:
    set_before = torch.get_num_threads()
print(json.dumps([inside[0] - own, inside[1] - own, after - own, set_before - own]))
"""
    assert tell(source) == [3, 3, 0, 1]
    assert tell(source, env=clean_environment(OMP_NUM_THREADS=2))[0] == 0
