"""What `corewise.random` is made of; NumPy's classes, by the names that they have there.

They are taken once: a program may put corewise's own in their place in `numpy.random`.
"""

try:
    import numpy  # noqa: F401
except ModuleNotFoundError as _error:
    if _error.name != "numpy":
        raise
    raise ImportError(
        "corewise.random needs NumPy, which is not installed: pip install numpy"
    ) from None
from numpy.random import MT19937, PCG64, PCG64DXSM, SFC64, BitGenerator, Philox, SeedSequence
from numpy.random import Generator as NumPyGenerator
from numpy.random import RandomState as NumPyRandomState
from numpy.random import default_rng as numpy_default_rng

__all__ = [
    "MT19937",
    "PCG64",
    "PCG64DXSM",
    "SFC64",
    "BitGenerator",
    "NumPyGenerator",
    "NumPyRandomState",
    "Philox",
    "SeedSequence",
    "numpy_default_rng",
]
