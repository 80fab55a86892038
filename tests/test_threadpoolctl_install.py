"""corewise.threadpoolctl as a whole: importing, commands, `install`, and under the governor."""

import json
import os
import sys
from importlib import metadata

import pytest

import corewise
from execution import clean_environment, execute
from governed.running import program, run, told


def test_importing_is_light_and_sets_nothing():
    code = """if True:
        import os, sys
        environment, modules = dict(os.environ), set(sys.modules)
        import corewise.threadpoolctl
        heavy = {"ctypes", "re", "argparse", "typing", "inspect", "json"}
        assert not heavy & (set(sys.modules) - modules), heavy & set(sys.modules)
        assert dict(os.environ) == environment
    """
    ended = execute(sys.executable, "-S", "-c", code, env=with_path())
    assert ended.returncode == 0, ended.stderr


def with_path(**more):
    """An environment in which the package is found without `site`."""
    folder = os.path.dirname(os.path.dirname(corewise.__file__))
    return clean_environment(PYTHONPATH=folder, **more)


def test_the_command_line():
    options = ["-i", "numpy", "no_such_module", "-c", "import scipy.linalg"]
    found = []
    for name in ("threadpoolctl", "corewise.threadpoolctl"):
        ended = execute(sys.executable, "-m", name, *options, env=clean_environment())
        assert ended.returncode == 0
        assert b"WARNING: could not import no_such_module" in ended.stderr
        found.append({pool["filepath"]: pool for pool in json.loads(ended.stdout)})
    assert found[0] == found[1]
    assert len(found[0]) == 2


@pytest.fixture
def stand_in(python):
    """A function: runs a governed program on pools of 2 threads, returns what it says."""

    def say(case):
        environment = clean_environment(OPENBLAS_NUM_THREADS=2, OMP_NUM_THREADS=2)
        return told(run(python, program("limits_stand_in"), case, env=environment))

    return say


ONES, TWOS = [1, 1], [2, 2]


def test_governed_blocks(stand_in):
    facts = stand_in("blocks")
    assert facts["in_1"] == [ONES, ONES, ONES]
    assert facts["beside_1"] == TWOS
    assert facts["in_2"] == [TWOS, TWOS]
    assert facts["in_1_again"] == [ONES, ONES]
    # More than there are: what was set is what is read, and what is used is the share.
    assert facts["in_7"][0] == [7, 7]
    assert facts["after"] == facts["ungoverned"] == [TWOS, TWOS]


def test_governed_threads_have_their_own(stand_in):
    facts = stand_in("two_threads")
    assert facts["other"] == facts["other_after"] == [ONES, ONES]
    assert facts["main"][0] == facts["main_in_2"][0] == TWOS
    assert facts["other_left"][0] == facts["after"][0] == TWOS


def test_governed_without_a_block(stand_in):
    facts = stand_in("function")
    assert facts["main"] == facts["beside"] == [ONES, ONES]
    assert facts["restored"][0] == TWOS
    limited, after = facts["other"]
    assert limited == [ONES, ONES]
    assert after[0] == facts["main_after"][0] == TWOS


def test_blocks_across_govern_and_ungovern(stand_in):
    facts = stand_in("on_both_sides")
    assert facts["within"] == facts["within_again"] == [ONES, ONES]
    assert facts["after"] == facts["after_again"] == facts["ungoverned"] == [TWOS, TWOS]


def test_governed_work_takes_its_limit_along(stand_in):
    facts = stand_in("handed_over")
    assert facts["limited"][0] == [ONES, ONES]
    assert facts["limited"][1][0] == facts["free"][0][0] == facts["free"][1][0] == TWOS


def test_governed_scope(stand_in):
    facts = stand_in("scope")
    assert facts["before"] == [["process", "process"], TWOS]
    assert facts["governed"] == [["current_thread", "current_thread"], TWOS]


def test_governed_limit_on_one_copy(stand_in):
    facts = stand_in("one_copy")
    assert facts["in_1"] == facts["beside"] == [1, 2]
    assert facts["after"] == TWOS


def test_governed_limits_within_limits(stand_in):
    facts = stand_in("mixed")
    assert facts["statement"] == ONES
    assert facts["restored"] == TWOS
    assert facts["in_limit"] == facts["limit"] == [ONES, TWOS]
    assert facts["after"] == [TWOS, TWOS]


def installed(code, **more):
    """Runs a program and gives its lines."""
    ended = execute(sys.executable, "-c", code, env=clean_environment(**more))
    assert ended.returncode == 0, ended.stderr.decode()
    return ended.stdout.decode().split()


def test_install_before_and_after_the_import():
    code = """if True:
        import sys
        from corewise import threadpoolctl as ours
        when = {when!r}
        if when == "after":
            import threadpoolctl
            from threadpoolctl import threadpool_limits as limits, ThreadpoolController as Kind
            import sklearn.utils.parallel, sklearn.cluster, sklearn.utils.fixes, scipy.io
            theirs, kept = threadpoolctl, sklearn.utils.parallel._get_threadpool_controller()
        ours.install()
        ours.install()
        import threadpoolctl
        assert threadpoolctl is ours
        from threadpoolctl import threadpool_info
        assert threadpool_info is ours.threadpool_info
        if when == "before":
            import sklearn.utils.parallel, sklearn.cluster, sklearn.utils.fixes, scipy.io
        else:
            assert limits is ours.threadpool_limits and Kind is ours.ThreadpoolController
        parallel = sklearn.utils.parallel
        assert parallel.ThreadpoolController is ours.ThreadpoolController
        controller = parallel._get_threadpool_controller()
        assert type(controller) is ours.ThreadpoolController
        if when == "after":
            paths = [one.filepath for one in kept.lib_controllers]
            assert sorted(paths) == sorted(one.filepath for one in controller.lib_controllers)
        # SciPy's own class, registered with whichever it found.
        import scipy.io._fast_matrix_market._fmm_core
        with threadpoolctl.threadpool_limits(3, user_api="scipy"):
            assert scipy.io._fast_matrix_market.PARALLELISM == 3
        from sklearn.datasets import make_blobs
        sklearn.cluster.KMeans(2, n_init=1).fit(make_blobs(200, random_state=0)[0])
        ours.uninstall()
        ours.uninstall()
        if when == "after":
            assert sys.modules["threadpoolctl"] is threadpoolctl is theirs
            assert parallel.ThreadpoolController is theirs.ThreadpoolController
            assert parallel._get_threadpool_controller() is kept
            assert limits is theirs.threadpool_limits
        else:
            assert "threadpoolctl" not in sys.modules
            import threadpoolctl
            assert threadpoolctl.__file__ != ours.__file__
    """
    for when in ("before", "after"):
        installed(code.replace("{when!r}", repr(when)))


def test_install_without_threadpoolctl(tmp_path):
    """scikit-learn needs it, and runs."""
    code = """if True:
        import sys
        class Absent:
            def find_spec(self, name, *_):
                if name == "threadpoolctl":
                    raise ModuleNotFoundError(name)
        sys.meta_path.insert(0, Absent())
        from corewise import threadpoolctl
        threadpoolctl.install()
        import numpy, sklearn.cluster
        sklearn.cluster.KMeans(2, n_init=1).fit(numpy.eye(20))
        print(len(sklearn.utils.parallel._get_threadpool_controller()) >= 2)
        threadpoolctl.uninstall()
        try:
            importlib = __import__("threadpoolctl")
        except ImportError:
            print("absent")
    """
    assert installed(code) == ["True", "absent"]


def test_two_runtimes_of_openmp_are_warned_of():
    """LLVM's and Intel's, in one process."""
    try:
        files = metadata.files("intel-openmp") or []
    except metadata.PackageNotFoundError:
        pytest.skip("no libiomp5 for this processor")
    (intel,) = (str(file.locate().resolve()) for file in files if file.name == "libiomp5.so")
    code = f"""if True:
        import ctypes, shutil, tempfile, os, warnings
        folder = tempfile.mkdtemp()
        shutil.copyfile({intel!r}, os.path.join(folder, "libomp.so"))
        ctypes.CDLL({intel!r})
        os.environ["KMP_DUPLICATE_LIB_OK"] = "TRUE"
        ctypes.CDLL(os.path.join(folder, "libomp.so"))
        import threadpoolctl, corewise.threadpoolctl as ours
        for module in (threadpoolctl, ours):
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                module.threadpool_info()
            (warning,) = caught
            assert issubclass(warning.category, RuntimeWarning)
            assert "libiomp" in str(warning.message) and "libomp" in str(warning.message)
    """
    installed(code)
