"""NumPy's random numbers on every core: the same bits as ``numpy.random``, sooner.

A ``Generator`` of this module gives what NumPy's gives for the same seed and leaves the bit
generator in the same state, for any number of threads, any split of one call into several and any
mix of methods. The bit generators are NumPy's own. What is not done here runs NumPy's own code on
the same bit generator, and what NumPy refuses is refused by NumPy.

Example:
    >>> import numpy as np, corewise.random
    >>> ours = corewise.random.default_rng(1)
    >>> theirs = np.random.default_rng(1)
    >>> np.array_equal(ours.random(1_000_000), theirs.random(1_000_000))
    True
    >>> ours.bit_generator.state == theirs.bit_generator.state
    True
"""

import os
import warnings

from corewise._random import (
    MT19937,
    PCG64,
    PCG64DXSM,
    SFC64,
    BitGenerator,
    Philox,
    SeedSequence,
)
from corewise._random.generator import Generator
from corewise._random.random_state import RandomState
from corewise._random.streams import default_rng, parallel, streams_for

_SIMD = ("scalar", "avx2", "avx512")
if os.environ.get("COREWISE_SIMD", "") not in ("", *_SIMD):
    warnings.warn(
        f"COREWISE_SIMD must be one of {', '.join(_SIMD)}, not {os.environ['COREWISE_SIMD']!r}: "
        "it is ignored",
        RuntimeWarning,
        stacklevel=2,
    )

__all__ = [
    "MT19937",
    "PCG64",
    "PCG64DXSM",
    "SFC64",
    "BitGenerator",
    "Generator",
    "Philox",
    "RandomState",
    "SeedSequence",
    "default_rng",
    "parallel",
    "streams_for",
]
