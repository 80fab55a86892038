"""How hooks get into libraries: hardened ones and lazily bound ones, loaded early and late, and
unloaded again."""

import pytest

from execution import clean_environment
from governed.compiling import HARDENED, LAZY, library
from governed.running import program, run, told


@pytest.fixture
def environment():
    return clean_environment(OMP_NUM_THREADS=5, OPENBLAS_NUM_THREADS=2)


@pytest.mark.parametrize("bound", ["now", "lazily", "globally"])
@pytest.mark.parametrize("order", ["before", "after", "called"])
def test_hardened_and_lazily_bound_libraries(python, environment, order, bound):
    """Loaded before govern(), after it, or called before it: five threads asked for, two given."""
    paths = [library("team", HARDENED, "team-hardened"), library("team", LAZY, "team-lazy")]
    words = [python, program("install_libraries"), order, bound, *paths]
    facts = told(run(*words, env=environment))
    assert facts["alone"] in (None, [5, 5])
    assert facts["first"] == facts["second"] == [2, 2]
    # What is asked for is the program's own affair.
    assert facts["asks"] == [5, 5]
    assert facts["refused"] == 0
    assert facts["ungoverned"] == facts["last"] == [5, 5]
    assert facts["again"] == [1, 1]
    assert facts["right"] is True


def test_libraries_that_come_and_go(python, environment):
    paths = [library("team", HARDENED, "team-hardened"), library("team", LAZY, "team-lazy")]
    facts = told(run(python, program("install_unload"), *paths, env=environment))
    assert set(facts["sizes"]) <= {1, 2}
    assert facts["wrong"] == []
    assert facts["steady"] is True
    assert facts["hooked"] is True
    assert facts["last"] == [2, 2]
    assert facts["ungoverned"] == [5, 5]


@pytest.mark.parametrize("then", ["ends", "computes"])
def test_an_openblas_that_comes_and_goes(python, environment, tmp_path, then):
    words = [python, program("unload_blas"), tmp_path / "second.so", then]
    facts = told(run(*words, env=environment))
    assert facts["right"] is True
    assert facts["used"] == [2, 1, 2] * 8
    assert facts["after"] == [2]


@pytest.mark.parametrize("how", ["plain", "before", "after"])
@pytest.mark.parametrize("flags", [HARDENED, LAZY], ids=["hardened", "lazy"])
def test_dlsym_as_c_code_calls_it(python, environment, flags, how):
    path = library("lookup", flags, f"lookup-{'lazy' if flags is LAZY else 'hardened'}")
    govern = "import corewise; corewise.govern(cores=2); "
    code = (
        f"import ctypes; {govern if how == 'before' else ''}"
        f"lookup = ctypes.CDLL({path!r}); {govern if how == 'after' else ''}"
        "print(lookup.finds(), lookup.finds(), lookup.error_length(b'corewise_no_such') > 10)"
    )
    result = run(python, "-c", code, env=environment)
    assert result.stdout == b"1 1 True\n", result.stderr


def test_ctypes_errors_are_the_same(python, environment):
    code = (
        "import ctypes, numpy, sys\n"
        "if len(sys.argv) > 1:\n"
        "    import corewise\n"
        "    corewise.govern(cores=2)\n"
        "for load in (lambda: ctypes.CDLL(None).no_such_function, lambda: ctypes.CDLL('no.so'),\n"
        "             lambda: ctypes.c_int.in_dll(ctypes.CDLL(None), 'no_such_variable')):\n"
        "    try: load()\n"
        "    except Exception as error: print(type(error).__name__, error)\n"
    )
    plain = run(python, "-c", code, env=environment)
    governed = run(python, "-c", code, "govern", env=environment)
    assert plain.stdout.count(b"\n") == 3
    assert governed.stdout == plain.stdout
