"""corewise: see where a NumPy program's cores go, and keep its thread pools from fighting.

``govern()`` lets every pool of this process, and of those that it starts, share one budget of
cores. ``cpu_count()`` says how many threads a pool should have here, ``cpus()`` gives the reasons,
and ``pools()`` lists the thread pools of the running process. Programs are recorded and governed
from the command line: ``corewise run -- python train.py``, and the cells of a notebook by
``%load_ext corewise`` and ``%%cores``.
"""

import sys

TYPE_CHECKING = False  # without `typing`, which takes longer to import than this package
if TYPE_CHECKING:
    from corewise import joblib as joblib
    from corewise import random as random
    from corewise import threadpoolctl as threadpoolctl
    from corewise._budget import Part, budget, cores, split
    from corewise._cpus import Allowed, Limit, Machine, Opinion, Throttling, cpu_count, cpus
    from corewise._defaults import Defaults, defaults
    from corewise._executors import ProcessPoolExecutor, ThreadPoolExecutor, mapper
    from corewise._govern import Governed, govern, governed, ungovern
    from corewise._limits import copy_limits, current_limits, limits
    from corewise._pools import Distribution, Pool, Pools, pools
    from corewise._recording import Finding, Findings, Fix, Recording
    from corewise._unknown import Unknown
    from corewise.jupyter import load_ipython_extension, unload_ipython_extension

__all__ = [
    "Allowed",
    "Defaults",
    "Distribution",
    "Finding",
    "Findings",
    "Fix",
    "Governed",
    "Limit",
    "Machine",
    "Opinion",
    "Part",
    "Pool",
    "Pools",
    "ProcessPoolExecutor",
    "Recording",
    "ThreadPoolExecutor",
    "Throttling",
    "Unknown",
    "budget",
    "copy_limits",
    "cores",
    "cpu_count",
    "cpus",
    "current_limits",
    "defaults",
    "govern",
    "governed",
    "limits",
    "load_ipython_extension",
    "mapper",
    "pools",
    "split",
    "ungovern",
    "unload_ipython_extension",
]

# Imported when first used: every interpreter of a session imports this package when it starts.
_MODULES = {
    "_budget": ("Part", "budget", "cores", "split"),
    "_cpus": ("Allowed", "Limit", "Machine", "Opinion", "Throttling", "cpu_count", "cpus"),
    "_defaults": ("Defaults", "defaults"),
    "_executors": ("ProcessPoolExecutor", "ThreadPoolExecutor", "mapper"),
    "_govern": ("Governed", "govern", "governed", "ungovern"),
    "_limits": ("copy_limits", "current_limits", "limits"),
    "_pools": ("Distribution", "Pool", "Pools", "pools"),
    "_recording": ("Finding", "Findings", "Fix", "Recording"),
    "_unknown": ("Unknown",),
    "jupyter": ("load_ipython_extension", "unload_ipython_extension"),
}


# Not in `__all__`: some need a package that may not be installed.
_SUBMODULES = ("joblib", "random", "threadpoolctl")


def __getattr__(name: str) -> object:
    if name in _SUBMODULES:
        from importlib import import_module

        return import_module(f"corewise.{name}")
    for module, names in _MODULES.items():
        if name in names:
            from importlib import import_module

            value: object = getattr(import_module(f"corewise.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


if "joblib.parallel" in sys.modules:
    from corewise import _registration

    _registration.register()
