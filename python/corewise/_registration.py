"""Makes joblib know the backend ``"corewise"``, without importing either."""

import sys


def register() -> None:
    """Register the backend where joblib is imported already; `corewise.joblib` is, when used."""
    parallel = sys.modules.get("joblib.parallel")
    backends = getattr(parallel, "BACKENDS", None)
    if isinstance(backends, dict):
        backends.setdefault("corewise", _backend)


def _backend(**options: object) -> object:
    from corewise._joblib import CorewiseBackend

    return CorewiseBackend(**options)
