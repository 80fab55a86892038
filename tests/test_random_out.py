"""`out=`: arrays of every kind are filled as NumPy fills them, or refused as NumPy refuses them."""

import numpy as np
import pytest

from corewise import random
from random_streams import NAMES, Pair, frozen, state

METHODS = ["random", "standard_normal", "standard_exponential"]
LENGTHS = [0, 1, 2, 63, 65, 4_097, 150_001]


def filled(pair, method, make, threads, **options):
    """Both fill an array that `make` makes, which gives the whole memory too."""
    pair.ours.threads = threads
    (his_all, his), (mine_all, mine) = make(), make()
    expected = outcome(getattr(pair.theirs, method), his, options), frozen(his_all)
    got = outcome(getattr(pair.ours, method), mine, options), frozen(mine_all)
    pair.compare(expected, got, f"{method}(out={his.dtype} {his.shape} {his.strides})")
    return expected[0]


def outcome(function, out, options):
    """Whether the array itself came back, or the type of what was raised."""
    try:
        return function(out=out, **options) is out
    except Exception as error:
        return type(error)


def whole(array):
    """All memory, and all of it is to be filled."""
    return array, array


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_whole_arrays(name, method, dtype):
    pair = Pair(name, 17, half=True)
    for turn, length in enumerate(LENGTHS):
        kind = {"dtype": dtype}
        make = lambda length=length: whole(np.full(length, 7.0, dtype))  # noqa: E731
        assert filled(pair, method, make, 1 + turn, **kind) is True


def part(length, dtype, select):
    """A part of an array, and the array around it, which must stay as it is."""
    around = np.full(length, 7.0, dtype)
    return around, select(around)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    "select",
    [
        lambda a: a[3:-5],
        lambda a: a[1:7],
        lambda a: a[1::2],
        lambda a: a[::-1],
        lambda a: a[: len(a) // 6 * 6].reshape(2, 3, -1),
        lambda a: a[: len(a) // 6 * 6].reshape(6, -1).T,
        lambda a: np.asfortranarray(a[: len(a) // 6 * 6].reshape(6, -1)),
        lambda a: a[: len(a) // 6 * 6].reshape(6, -1)[:, ::2],
        lambda a: a[5:6],
        lambda a: a[5:5],
        lambda a: a[5:6].reshape(()),
        lambda a: np.broadcast_to(a[:1], (4,)),
    ],
    ids=[
        "offset", "short", "every second", "backwards", "C-ordered", "transposed", "F-ordered",
        "columns", "one", "none", "0-d", "broadcast",
    ],
)  # fmt: skip
def test_parts_of_arrays(method, dtype, select):
    pair = Pair("PCG64", 18, half=True)
    for threads, length in enumerate((601, 130_001), 1):
        filled(pair, method, lambda: part(length, dtype, select), threads, dtype=dtype)  # noqa: B023
        filled(pair, method, lambda: part(length, dtype, select), threads)  # noqa: B023


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("length", [3, 130_001])
def test_arrays_that_are_refused(method, length):
    pair = Pair("PCG64", 19, half=True)

    def read_only():
        array = np.zeros(length)
        array.flags.writeable = False
        return whole(array)

    def at_odd_addresses():
        return whole(np.zeros(8 * length + 1, np.uint8)[1:].view(np.float64))

    def mapped_from_bytes():
        return whole(np.frombuffer(bytes(8 * length)))

    class Own(np.ndarray):
        pass

    makers = [
        read_only,
        at_odd_addresses,
        mapped_from_bytes,
        lambda: whole(np.zeros(length).view(Own)),
        lambda: whole(np.ma.masked_array(np.zeros(length), False)),
        *(
            lambda kind=kind: whole(np.zeros(length, kind))
            for kind in ("f4", "f2", ">f8", "i8", "u8", "c16", "g", "?", "O", "M8[s]", "S8")
        ),
    ]
    endings = []
    for make in makers:
        for options in ({}, {"dtype": np.float32}, {"dtype": np.float64}):
            endings.append(filled(pair, method, make, 2, **options))
    assert {TypeError, ValueError} <= set(endings)


@pytest.mark.parametrize("method", [*METHODS, "standard_gamma"])
def test_what_is_no_array(method):
    """NumPy looks at such an object as if it were an array, which may end the process."""
    rng = random.Generator(np.random.PCG64(19), threads=2)
    before = state(rng)
    shape = {"shape": 2.0} if method == "standard_gamma" else {}
    for out in ([0.0, 0.0], bytearray(16), 3, "out", np.float64(1), memoryview(bytes(16))):
        with pytest.raises(TypeError, match="out"):
            getattr(rng, method)(out=out, **shape)
    assert state(rng) == before


@pytest.mark.parametrize("method", METHODS)
def test_sizes_beside_out(method):
    pair = Pair("PCG64", 20, half=True)
    for shape in (5, (5,), (1, 5), (5, 1), 4, None, -5, "5", 5.0, (2, 3), ()):
        filled(pair, method, lambda: whole(np.zeros(5)), 2, size=shape)
    for dtype in ("f8", float, "d", "<f8", ">f8", "f4", "f2", int, None, "x", object, "float32"):
        filled(pair, method, lambda: whole(np.zeros(5)), 2, dtype=dtype)
        pair.both(method, 3, dtype=dtype)
        pair.both(method, dtype=dtype)
    for way in ("zig", "inv", "ZIG", None, 3):
        pair.both("standard_exponential", 4, method=way, out=np.zeros(4))


def test_gamma_into_arrays():
    pair = Pair("PCG64", 21)
    for shape in (2.5, 0.3, 0.0, -1.0, np.nan, [1.0, 2.0, 3.0]):
        for size, dtype in ((3, "f8"), (3, "f4"), (60_000, "f8")):
            make = lambda size=size, dtype=dtype: whole(np.zeros(size, dtype))  # noqa: E731
            filled(pair, "standard_gamma", make, 2, shape=shape, dtype=dtype)


def test_a_view_of_memory_of_another():
    """Memory that others own: buffers, mapped files."""
    pair = Pair("PCG64", 22)
    his, mine = bytearray(8 * 1_000), bytearray(8 * 1_000)
    pair.theirs.random(out=np.frombuffer(his))
    pair.ours.random(out=np.frombuffer(mine))
    assert his == mine
