"""Two generators of one stream, NumPy's and corewise's, and what each call gives, by bits."""

import numpy as np

from corewise import random

NAMES = ("PCG64", "PCG64DXSM", "Philox", "SFC64", "MT19937")


def bit_generator(name, seed):
    """A bit generator of NumPy's."""
    return getattr(np.random, name)(seed)


def frozen(value):
    """A value that equals another exactly if types, shapes and bits are equal."""
    if isinstance(value, np.ndarray):
        return ("array", value.dtype.str, value.shape, value.tobytes())
    if isinstance(value, np.generic):
        return (type(value), value.tobytes())
    if isinstance(value, dict):
        return tuple((key, frozen(value[key])) for key in sorted(value))
    if isinstance(value, list | tuple):
        return (type(value), tuple(map(frozen, value)))
    if isinstance(value, float):
        return ("float", value.hex())
    return (type(value), value)


def state(rng):
    """All of the state of a generator's bit generator."""
    return frozen(rng.bit_generator.state)


def ended(function, /, *args, **kwargs):
    """How a call ended: what it gave, by bits, or the type of what it raised."""
    try:
        return frozen(function(*args, **kwargs))
    except Exception as error:
        return ("raised", type(error))


def shown(one, maximum=200):
    """A short form of `ended`, for messages."""
    text = repr(one)
    return text if len(text) <= maximum else f"{text[:maximum]}… ({hash(text):x})"


class Pair:
    """NumPy's generator and corewise's in one state.

    With `half`, the upper half of a raw value waits, as after an odd number of 32-bit draws.
    """

    def __init__(self, name, seed, threads=None, half=False):
        self.theirs = np.random.Generator(bit_generator(name, seed))
        ours = bit_generator(name, seed)
        self.ours = random.Generator(ours, threads=threads)
        assert self.ours.bit_generator is ours
        if half:
            self.both("integers", 0, 2**32, dtype=np.uint32)

    def both(self, method, /, *args, **kwargs):
        """Calls a method of both: the same values, or the same exception, and the same state."""
        expected = ended(getattr(self.theirs, method), *args, **kwargs)
        got = ended(getattr(self.ours, method), *args, **kwargs)
        self.compare(expected, got, f"{method}(*{args!r}, **{kwargs!r})")
        return expected

    def both_in_place(self, method, array, /, *args, axis=None):
        """Calls a method that changes an array, each with a copy of it."""
        mine, his = array.copy(), array.copy()
        options = {} if axis is None else {"axis": axis}
        expected = ended(getattr(self.theirs, method), his, *args, **options), frozen(his)
        got = ended(getattr(self.ours, method), mine, *args, **options), frozen(mine)
        self.compare(expected, got, f"{method} of {array.dtype} {array.shape}")

    def advance(self, raws):
        """Moves both on, or back, by raw values."""
        for rng in (self.theirs, self.ours):
            rng.bit_generator.advance(raws % 2**128)

    def compare(self, expected, got, what):
        """The same end of a call, and the same state after it."""
        if got != expected:
            raise AssertionError(f"{what}: NumPy {shown(expected)}, corewise {shown(got)}")
        if state(self.ours) != state(self.theirs):
            states = (rng.bit_generator.state for rng in (self.theirs, self.ours))
            raise AssertionError("{}: states after it: NumPy {}, corewise {}".format(what, *states))


def assert_same(first, second):
    """The same values of the same types, down to the bits."""
    assert type(first) is type(second)
    assert getattr(first, "dtype", None) == getattr(second, "dtype", None)
    assert np.shape(first) == np.shape(second)
    assert np.asarray(first).tobytes() == np.asarray(second).tobytes()


def assert_same_state(first, second):
    np.testing.assert_equal(first.bit_generator.state, second.bit_generator.state)


def pair(kind=np.random.PCG64, seed=1, **more):
    return random.Generator(kind(seed), **more), np.random.Generator(kind(seed))


def outcome(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except Exception as error:
        return type(error), str(error)
