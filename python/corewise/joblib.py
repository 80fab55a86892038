"""The joblib backend ``"corewise"``: workers and the pools inside them divide the cores.

Importing this module registers it. Where joblib is imported already, ``import corewise`` and
``corewise.govern()`` register it too.

Example:
    >>> import corewise.joblib
    >>> import joblib
    >>> with corewise.budget(4), joblib.parallel_config("corewise", n_jobs=2):
    ...     joblib.Parallel()(joblib.delayed(corewise.cores)() for _ in range(3))
    [2, 2, 2]
"""

# Only its name is public: joblib is not typed, and so the backend's classes would not be.
from corewise import _joblib as _joblib

__all__: list[str] = []
