"""Generators of seeds, of other generators, and for workers."""

import copy

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
    with pytest.raises(ValueError, match="n_workers must be from 1 to 65536, not -1"):
        ours.streams_for(-1)
    with pytest.raises(TypeError, match="n_workers must be an integer, not 'three'"):
        ours.streams_for("three")
    with pytest.raises(ValueError, match="method must be 'spawn' or 'jumped', not 'leap'"):
        ours.streams_for(2, 1, method="leap")
    with pytest.raises(ValueError, match="SFC64 cannot jump; choose method='spawn'"):
        ours.streams_for(2, np.random.SFC64(1), method="jumped")
