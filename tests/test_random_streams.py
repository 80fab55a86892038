"""Generators of seeds, of other generators, and for workers."""

import copy
import pickle

import numpy as np
import pytest

from corewise import random as ours
from random_streams import assert_same, outcome, pair


def test_spawn_gives_numpys_children_of_the_class():
    mine, theirs = pair(threads=2)
    children = mine.spawn(3)
    assert [type(child) for child in children] == [ours.Generator] * 3
    assert [child.threads for child in children] == [2] * 3
    for first, second in zip(children, theirs.spawn(3), strict=True):
        assert_same(first.random(100), second.random(100))
    assert outcome(mine.spawn, -1) == outcome(theirs.spawn, -1)


def test_default_rng_takes_what_numpys_takes():
    sequence = np.random.SeedSequence(3)
    for seed in (0, 2**100, [1, 2, 3], np.arange(4), sequence, np.random.Philox(3)):
        first = ours.default_rng(copy.deepcopy(seed))
        assert_same(first.random(10), np.random.default_rng(copy.deepcopy(seed)).random(10))
    assert ours.default_rng().random() != ours.default_rng().random()
    theirs = np.random.default_rng(3)
    assert ours.default_rng(theirs).bit_generator is theirs.bit_generator
    mine = ours.default_rng(3)
    assert ours.default_rng(mine) is mine
    assert ours.default_rng(mine, threads=2).bit_generator is mine.bit_generator
    for wrong in (-1, 1.5, "seed", [1, -2]):
        assert outcome(ours.default_rng, wrong) == outcome(np.random.default_rng, wrong)


def test_parallel_shares_the_bit_generator():
    theirs = np.random.default_rng(4)
    mine = ours.parallel(theirs, threads=2)
    drawn = [mine.random(100_000), theirs.random(3), mine.normal(size=50_000)]
    alone = np.random.default_rng(4)
    for first, second in zip(
        drawn, [alone.random(100_000), alone.random(3), alone.normal(size=50_000)], strict=True
    ):
        assert_same(first, second)
    with pytest.raises(TypeError, match="rng must be a numpy Generator or BitGenerator, not 3"):
        ours.parallel(3)


def test_streams_by_spawning():
    streams = ours.streams_for(3, 7, threads=2)
    theirs = np.random.SeedSequence(7).spawn(3)
    for stream, sequence in zip(streams, theirs, strict=True):
        assert type(stream) is ours.Generator
        assert stream.threads == 2
        assert_same(stream.random(10), np.random.Generator(np.random.PCG64(sequence)).random(10))
    rng = ours.default_rng(7)
    first, second = ours.streams_for(1, rng), ours.streams_for(1, rng)
    assert first[0].random() != second[0].random()


@pytest.mark.parametrize(
    "kind", [np.random.PCG64, np.random.PCG64DXSM, np.random.Philox, np.random.MT19937]
)
def test_streams_by_jumping(kind):
    source = kind(7)
    before = source.state
    streams = ours.streams_for(3, source, method="jumped")
    np.testing.assert_equal(source.state, before)
    for number, stream in enumerate(streams):
        assert_same(stream.random(10), np.random.Generator(kind(7).jumped(number)).random(10))


def test_streams_refused():
    assert ours.streams_for(0) == []
    assert ours.streams_for(np.int64(0)) == []
    with pytest.raises(ValueError, match="n_workers must be 0 or more, not -1"):
        ours.streams_for(-1)
    with pytest.raises(TypeError, match="n_workers must be an integer, not True"):
        ours.streams_for(True)
    with pytest.raises(TypeError, match="n_workers must be an integer, not 'three'"):
        ours.streams_for("three")
    with pytest.raises(ValueError, match="method must be 'spawn' or 'jumped', not 'leap'"):
        ours.streams_for(2, 1, method="leap")
    with pytest.raises(TypeError, match="SFC64 cannot jump; choose method='spawn'"):
        ours.streams_for(2, np.random.SFC64(1), method="jumped")


def test_as_many_streams_as_tasks():
    streams = ours.streams_for(70_000, 1)
    assert len(streams) == 70_000
    last = np.random.default_rng(np.random.SeedSequence(1, spawn_key=(69_999,)))
    assert streams[-1].random() == last.random()


def test_what_is_refused_leaves_the_seed_as_it_was():
    sequence = np.random.SeedSequence(1)
    for wrong in ({"threads": 0}, {"method": "leap"}, {"threads": "2"}):
        with pytest.raises((TypeError, ValueError)):
            ours.streams_for(2, sequence, **wrong)
    assert sequence.n_children_spawned == 0


def test_many_jumps_are_made_one_by_one():
    """MT19937 takes a millisecond for each: from the first anew, these would be 20,000."""
    jumps = []

    class Counted(np.random.MT19937):
        def jumped(self, jumps_=1):
            jumps.append(jumps_)
            made = super().jumped(jumps_)
            made.__class__ = Counted
            return made

    streams = ours.streams_for(5, Counted(3), method="jumped")
    assert sum(jumps) == 4
    plain = np.random.MT19937(3)
    for number, stream in enumerate(streams):
        assert stream.bit_generator.random_raw() == plain.jumped(number).random_raw()


def test_a_generator_keeps_its_settings():
    def report(done, total):
        pass

    mine = ours.default_rng(1, threads=3, progress=report)
    assert ours.parallel(mine) is mine
    assert ours.default_rng(mine) is mine
    other = ours.parallel(mine, threads=2)
    assert (other.threads, other.progress) == (2, report)
    assert other.bit_generator is mine.bit_generator


def test_a_legacy_generator_is_told_how_to_go_on():
    legacy = np.random.RandomState(1)
    legacy.randn()
    with pytest.raises(TypeError, match=r"state.set_state\(rng.get_state\(\)\)"):
        ours.parallel(legacy)
    state = ours.RandomState()
    state.set_state(legacy.get_state())
    assert_same(state.randn(5), legacy.randn(5))


class Named(ours.Generator):
    def __init__(self, bit_generator, name="none"):
        super().__init__(bit_generator)
        self.name = name


class NamedState(ours.RandomState):
    pass


def state_of(one):
    return str(one.__reduce__()[1][0].state)


def test_attributes_of_a_subclass_go_along():
    mine = Named(np.random.PCG64(1), name=["ours"])
    state = NamedState(1)
    state.name = ["ours"]
    for one in (mine, state):
        for made in (copy.copy(one), copy.deepcopy(one), pickle.loads(pickle.dumps(one))):
            assert type(made) is type(one)
            assert made.name == ["ours"]
            assert state_of(made) == state_of(one)
        assert copy.copy(one).name is one.name
        assert copy.deepcopy(one).name is not one.name
