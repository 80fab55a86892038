"""corewise.threadpoolctl beside threadpoolctl itself, on the same libraries of this process."""

import ctypes
import shutil
import threading

import numpy as np
import pytest
import scipy.linalg
import sklearn.ensemble  # noqa: F401 (loads an OpenMP runtime)
import threadpoolctl as theirs
from hypothesis import given, settings
from hypothesis import strategies as st

from corewise import threadpoolctl as ours

BOTH = pytest.mark.parametrize("module", [theirs, ours], ids=["threadpoolctl", "corewise"])


def by_path(info):
    return {pool["filepath"]: pool for pool in info}


def numbers():
    """As threadpoolctl itself reads them."""
    return {path: pool["num_threads"] for path, pool in by_path(theirs.threadpool_info()).items()}


@pytest.fixture(autouse=True, scope="module")
def without_controllers_of_others():
    """As it was before another test imported scipy.io, which registers one with threadpoolctl."""
    own = [one for one in theirs._ALL_CONTROLLERS if one.__module__ == "threadpoolctl"]
    lists = {
        "_ALL_CONTROLLERS": own,
        "_ALL_USER_APIS": list({one.user_api for one in own}),
        "_ALL_INTERNAL_APIS": [one.internal_api for one in own],
        "_ALL_PREFIXES": list({prefix for one in own for prefix in one.filename_prefixes}),
    }
    before = {name: list(getattr(theirs, name)) for name in lists}

    def put(values):
        for name, value in values.items():
            getattr(theirs, name)[:] = value
        theirs._CDLL_CACHE._controller_cache.clear()

    put(lists)
    yield
    put(before)


@pytest.fixture(autouse=True)
def begins_with_two():
    """Every pool has two threads, before and after each test."""
    theirs.OpenBLASController.clear_controlling_thread(force=True)
    ours.OpenBLASController.clear_controlling_thread(force=True)
    theirs.threadpool_limits(2)
    theirs.OpenBLASController.clear_controlling_thread(force=True)
    yield
    ours.OpenBLASController.clear_controlling_thread(force=True)
    theirs.threadpool_limits(2)


def beside(work):
    """What another thread gets from `work`."""
    found = []
    thread = threading.Thread(target=lambda: found.append(work()))
    thread.start()
    thread.join()
    return found[0]


def test_the_same_facts():
    assert len(ours.threadpool_info()) >= 3
    assert by_path(ours.threadpool_info()) == by_path(theirs.threadpool_info())
    debugging = by_path(ours.threadpool_info(debugging_info=True))
    assert debugging == by_path(theirs.threadpool_info(debugging_info=True))
    assert {pool["thread_limit_scope"] for pool in debugging.values()} == {
        "process",
        "current_thread",
    }


def test_every_public_name_is_there():
    names = {name for name in vars(theirs) if name.endswith("Controller")}
    names |= {"_ALL_CONTROLLERS", "_ALL_INTERNAL_APIS", "_ALL_BLAS_LIBRARIES", "_realpath"}
    names |= {"_ALL_OPENMP_LIBRARIES", "_determine_thread_limit_scope", "__version__"}
    for name in (*theirs.__all__, *names, "CONTROLLING_THREAD_OWNERSHIP"):
        assert hasattr(ours, name), name
    for name in ("_ALL_PREFIXES", "_ALL_USER_APIS"):
        assert set(getattr(theirs, name)) == set(getattr(ours, name))
    for name in ("ThreadpoolController", "threadpool_limits", "LibController"):
        missing = {one for one in vars(getattr(theirs, name)) if one[0] != "_"}
        assert missing <= set(dir(getattr(ours, name))), name


@BOTH
def test_limits_and_their_ends(module):
    before = numbers()
    with module.threadpool_limits(1) as limiter:
        assert set(numbers().values()) == {1}
        assert limiter.get_original_num_threads() == {"blas": 2, "openmp": 2}
        with module.threadpool_limits(3, user_api="openmp"):
            assert sorted(set(numbers().values())) == [1, 3]
            # A library that the block did not limit has its number again after it, too.
            ctypes.CDLL(openblas()).scipy_openblas_set_num_threads64_(2)
        assert set(numbers().values()) == {1}
    assert numbers() == before
    limiter = module.threadpool_limits(limits={"blas": 1})
    assert numbers() != before
    limiter.unregister()
    assert numbers() == before


def openblas():
    paths = (pool["filepath"] for pool in theirs.threadpool_info())
    (path,) = (path for path in paths if "numpy.libs" in path)
    return path


@BOTH
def test_decorators(module):
    @module.threadpool_limits.wrap(limits=1)
    def one():
        return set(numbers().values())

    @module.ThreadpoolController().wrap(limits=3, user_api="openmp")
    def three(deeper):
        return sorted(set(numbers().values())), one() if deeper else None

    assert one() == {1}
    assert three(True) == ([2, 3], {1})
    assert beside(one) == {1}
    assert set(numbers().values()) == {2}
    with pytest.raises(ZeroDivisionError):
        module.threadpool_limits.wrap(limits=1)(lambda: 1 / 0)()
    assert set(numbers().values()) == {2}


@BOTH
def test_the_controlling_thread(module):
    """Without the governor, the first thread that limits OpenBLAS does so for all."""
    limiter = module.threadpool_limits(1)

    def other():
        with module.threadpool_limits(2, user_api="blas"):
            return by_path(module.threadpool_info())[openblas()]["num_threads"]

    assert beside(other) == 1
    module.OpenBLASController.clear_controlling_thread()
    assert beside(other) == 2
    # It takes control again to put the number back.
    limiter.restore_original_limits()
    assert set(numbers().values()) == {2}
    with module.threadpool_limits(1), module.threadpool_limits(1):
        pass
    assert beside(other) == 2


@pytest.mark.parametrize("limits", [1, {"openmp": 1}, {"openmp": 1, "blas": 1}, None])
def test_a_thread_that_is_ignored_puts_nothing_back(limits):
    """What it would put back is the number that the other thread has set for a while."""
    inside, leave = threading.Event(), threading.Event()

    def other():
        with ours.threadpool_limits(limits):
            inside.set()
            leave.wait()

    thread = threading.Thread(target=other)
    with ours.threadpool_limits(1):
        thread.start()
        inside.wait()
    assert numbers()[openblas()] == 2
    leave.set()
    thread.join()
    assert numbers()[openblas()] == 2


BAD = [
    *({"limits": limits} for limits in (1.5, "two", (1, 2), {1}, object(), 2**70, np.int64(1))),
    *({"limits": {"blas": number}} for number in (1.5, [1], 2**64, -(2**64), {})),
    *({"limits": 1, "user_api": api} for api in ("wrong", 3, ["blas"], "libgomp")),
    *({"limits": [entry]} for entry in ({}, {"num_threads": 1}, {"prefix": "libgomp"}, 3, "x")),
]
ODD = [0, -1, -(2**31), 2**31, 2**32 + 1, 2**40, 2**64 - 1, -(2**63), True, False, None]


def raised(module, **arguments):
    with pytest.raises(Exception) as caught:  # noqa: PT011 (which one is what is compared)
        module.threadpool_limits(**arguments)
    module.OpenBLASController.clear_controlling_thread(force=True)
    theirs.threadpool_limits(2)
    return caught.type


@pytest.mark.parametrize("arguments", BAD, ids=str)
def test_bad_input_raises_the_same(arguments):
    assert raised(ours, **arguments) is raised(theirs, **arguments)


@pytest.mark.parametrize("arguments", BAD, ids=str)
def test_bad_input_sets_nothing(arguments):
    before = numbers()
    with pytest.raises(Exception):  # noqa: B017, PT011
        ours.threadpool_limits(**arguments)
    assert numbers() == before


def test_text_for_a_number_is_refused():
    """ctypes would pass its address."""
    with pytest.raises(ctypes.ArgumentError, match="'2'"):
        ours.threadpool_limits({"openmp": 1, "blas": "2"})
    assert set(numbers().values()) == {2}


@pytest.mark.parametrize("number", ODD)
@pytest.mark.parametrize("api", ["blas", "openmp"])
def test_odd_numbers_do_the_same(number, api):
    found = []
    for module in (theirs, ours):
        with module.threadpool_limits({api: number}):
            found.append(numbers())
        with module.threadpool_limits(number, user_api=api):
            found.append(numbers())
    assert all(one == found[0] for one in found)
    assert set(numbers().values()) == {2}


def test_unknown_keys_and_paths_are_ignored():
    before = numbers()
    for limits in ({"wrong": 1}, {"/nowhere/libgomp.so": 1}, {}, []):
        with theirs.threadpool_limits(limits), ours.threadpool_limits(limits) as limiter:
            assert numbers() == before
            assert limiter.get_original_num_threads() == {}


def test_limits_as_a_controller_or_a_list():
    kept, info = ours.ThreadpoolController(), ours.threadpool_info()
    of_theirs = theirs.ThreadpoolController()
    ours.threadpool_limits(1)
    for limits in (kept.info(), kept, of_theirs, info):
        ours.threadpool_limits(limits)
        assert set(numbers().values()) == ({1} if limits is not info else {2})
    old = [{"prefix": pool["prefix"], "num_threads": 1} for pool in info]
    with ours.threadpool_limits(old):
        assert set(numbers().values()) == {1}


def test_a_path_counts_before_a_prefix_before_an_api():
    first, second = (one for one in theirs.threadpool_info() if one["user_api"] == "blas")
    limits = {first["filepath"]: 1, second["prefix"]: 3, "blas": 4, "openmp": None}
    with ours.threadpool_limits(limits):
        found = numbers()
    assert (found[first["filepath"]], found[second["filepath"]]) == (1, 3)
    with theirs.threadpool_limits(limits):
        assert numbers() == found


def test_several_numbers_before_are_warned_of():
    with ours.threadpool_limits({openblas(): 1}):
        limiter = ours.threadpool_limits(2)
        with pytest.warns(UserWarning, match="blas"):
            assert limiter.get_original_num_threads() == {"blas": 1, "openmp": 2}
        limiter.restore_original_limits()


class Broken(ours.LibController):
    """Stands for NumPy's module of random numbers; raises where it is told to."""

    user_api = "broken"
    internal_api = "broken"
    filename_prefixes = ("_mt19937",)
    wrong = ""
    number = 5

    def get_num_threads(self):
        if self.wrong == "get":
            raise ZeroDivisionError
        return Broken.number

    def set_num_threads(self, num_threads):
        if self.wrong == "set" or (self.wrong == "restore" and num_threads == 5):
            raise ZeroDivisionError
        Broken.number = num_threads

    def get_version(self):
        if self.wrong == "version":
            raise ZeroDivisionError
        return "1"

    def set_additional_attributes(self):
        self.more = "something"


@pytest.fixture
def broken(monkeypatch):
    """The class, registered for the test."""
    names = ("_ALL_CONTROLLERS", "_ALL_USER_APIS", "_ALL_INTERNAL_APIS", "_ALL_PREFIXES")
    before = [list(getattr(ours, name)) for name in names]
    monkeypatch.setattr(Broken, "number", 5)
    ours.register(Broken)
    yield Broken
    for name, values in zip(names, before, strict=True):
        getattr(ours, name)[:] = values
    ours.reset_cached_controller()


def test_a_registered_class(broken):
    (pool,) = (pool for pool in ours.threadpool_info() if pool["user_api"] == "broken")
    assert pool["more"] == "something"
    assert (pool["version"], pool["num_threads"], pool["prefix"]) == ("1", 5, "_mt19937")
    (controller,) = ours.ThreadpoolController().select(user_api="broken").lib_controllers
    assert isinstance(controller.dynlib, ctypes.CDLL)
    assert controller._get_symbol("no_such_function") is None
    with ours.threadpool_limits(1):
        assert broken.number == 1
        assert set(numbers().values()) == {1}
    with ours.threadpool_limits(3, user_api="broken"):
        assert broken.number == 3
        assert set(numbers().values()) == {2}
    assert broken.number == 5


@pytest.mark.parametrize("wrong", ["get", "set"])
def test_a_registered_class_that_raises_leaves_nothing_half_set(broken, monkeypatch, wrong):
    controller = ours.ThreadpoolController()
    monkeypatch.setattr(broken, "wrong", wrong)
    with pytest.raises(ZeroDivisionError):
        controller.limit(limits=1)
    assert (set(numbers().values()), broken.number) == ({2}, 5)
    assert ours.OpenBLASController._SHARED_STATE.controlling_thread is None


def test_the_others_are_put_back_where_one_raises(broken, monkeypatch):
    # Before the others.
    controllers = ours.ThreadpoolController().lib_controllers
    controller = ours.ThreadpoolController._from_controllers(reversed(controllers))
    monkeypatch.setattr(broken, "wrong", "restore")
    with pytest.raises(ZeroDivisionError), controller.limit(limits=1):
        assert set(numbers().values()) == {1}
    assert set(numbers().values()) == {2}
    assert ours.OpenBLASController._SHARED_STATE.controlling_thread is None


def test_a_class_that_cannot_be_made_says_so(broken, monkeypatch):
    monkeypatch.setattr(broken, "wrong", "version")
    with pytest.raises(ZeroDivisionError):
        ours.threadpool_info()


def test_a_class_without_what_is_needed():
    before = [list(getattr(ours, name)) for name in ("_ALL_CONTROLLERS", "_ALL_PREFIXES")]
    with pytest.raises(AttributeError):
        ours.register(object)
    assert before == [list(ours._ALL_CONTROLLERS), list(ours._ALL_PREFIXES)]


def test_a_controller_of_what_is_not_loaded():
    for module in (theirs, ours):
        for name in ("OpenMPController", "OpenBLASController", "MKLController"):
            with pytest.raises(OSError):  # noqa: PT011
                getattr(module, name)(filepath="/nowhere/libgomp.so", prefix="libgomp")


def test_a_subclass_of_a_known_controller():
    """For a library under another name: here the one that is known anyway."""

    class Renamed(ours.OpenBLASController):
        internal_api = "renamed"

    controller = Renamed(filepath=openblas(), prefix="libscipy_openblas")
    assert controller.info()["internal_api"] == "renamed"
    assert controller.version == by_path(theirs.threadpool_info())[openblas()]["version"]
    controller.set_num_threads(1)
    assert numbers()[openblas()] == 1
    assert controller._get_symbol("openblas_get_num_threads")() == 1
    assert controller._get_symbol("openblas_get_corename") is not None


def libgomp(folder, name):
    """A copy of libgomp that nothing else uses."""
    paths = (pool["filepath"] for pool in theirs.threadpool_info())
    source = next(path for path in paths if "libgomp" in path)
    return shutil.copyfile(source, folder / name)


def test_libraries_that_come_and_go(tmp_path):
    before = len(ours.ThreadpoolController())
    cached = ours.get_cached_controller()
    assert ours.get_cached_controller() is cached
    # Gone again before anybody looked.
    gone = ctypes.CDLL(libgomp(tmp_path, "libgomp-gone.so"))
    ctypes.cdll.LoadLibrary(None).dlclose(ctypes.c_void_p(gone._handle))
    assert len(ours.ThreadpoolController()) == before
    here = ctypes.CDLL(path := libgomp(tmp_path, "libgomp-here.so"))
    found = by_path(ours.threadpool_info())
    assert len(found) == before + 1
    assert found[str(path)]["prefix"] == "libgomp"
    assert ours.get_cached_controller() is not cached
    # Once found it stays: what has its controller may call it.
    ctypes.cdll.LoadLibrary(None).dlclose(ctypes.c_void_p(here._handle))
    with ours.threadpool_limits(1):
        assert by_path(ours.threadpool_info())[str(path)]["num_threads"] == 1


@pytest.mark.parametrize("name", ["_mt19937_later.so", "libgomp-later.so"])
def test_libraries_of_a_relative_path(broken, tmp_path, monkeypatch, name):
    """Found by the call after, from whatever folder: a registered one, and one that is known."""
    before, path = len(ours.ThreadpoolController()), libgomp(tmp_path, name)
    with monkeypatch.context() as moved:
        moved.chdir(tmp_path)
        ctypes.CDLL(f"./{name}")
    assert len(ours.ThreadpoolController()) == before + 1
    assert str(path) in by_path(ours.threadpool_info())
    assert str(path) in by_path(theirs.threadpool_info()) or "libgomp" not in name


def test_cached_controllers():
    cached = ours.get_cached_controller()
    assert ours.get_cached_controller() is cached
    ours.reset_cached_controller()
    assert ours.get_cached_controller() is not cached


CONTROLLERS = ["whole", "blas", "openmp"]
STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.just("enter"),
            st.sampled_from(CONTROLLERS),
            st.one_of(
                st.integers(1, 4),
                st.none(),
                st.just("sequential_blas_under_openmp"),
                st.dictionaries(
                    st.sampled_from(["blas", "openmp", "libgomp", "libscipy_openblas"]),
                    st.one_of(st.none(), st.integers(1, 4)),
                ),
            ),
        ),
        st.tuples(st.just("set"), st.sampled_from(CONTROLLERS), st.integers(1, 4)),
        st.tuples(st.just("exit"), st.none(), st.none()),
    ),
    max_size=12,
)


def follow(module, steps):
    """The numbers after each step, and after all blocks have been left."""
    whole = module.ThreadpoolController()
    controllers = {
        "whole": whole,
        "blas": whole.select(user_api="blas"),
        "openmp": whole.select(user_api=["openmp"], prefix="libgomp"),
    }
    blocks, seen = [], []
    for step, name, value in steps:
        if step == "enter":
            limiter = controllers[name].limit(limits=value)
            seen.append(limiter.get_original_num_threads)
            blocks.append(limiter.__enter__())
        elif step == "set":
            for one in controllers[name].lib_controllers:
                one.set_num_threads(value)
        elif blocks:
            blocks.pop().__exit__(None, None, None)
        seen.append(by_path(module.threadpool_info()))
    while blocks:
        blocks.pop().__exit__(None, None, None)
    seen.append(by_path(module.threadpool_info()))
    theirs.threadpool_limits(2)
    return [one() if callable(one) else one for one in seen]


@given(STEPS)
@settings(deadline=None, max_examples=150)
@pytest.mark.filterwarnings("ignore:Multiple values")
def test_any_sequence_gives_the_same_numbers(steps):
    assert follow(ours, steps) == follow(theirs, steps)


def test_limits_are_obeyed():
    """By OpenBLAS: its next call uses as many threads."""
    with ours.threadpool_limits(1, user_api="blas"):
        scipy.linalg.svd(np.eye(50))
        library = ctypes.CDLL(openblas())
        assert ctypes.c_int.in_dll(library, "blas_cpu_number").value == 1
