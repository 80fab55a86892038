"""corewise: see where a NumPy program's cores go, and keep its thread pools from fighting.

``govern()`` lets every pool of this process, and of those that it starts, share one budget of
cores. ``cpu_count()`` says how many threads a pool should have here, ``cpus()`` gives the reasons,
and ``pools()`` lists the thread pools of the running process. Programs are recorded and governed
from the command line: ``corewise run -- python train.py``.
"""

# Importing `typing` takes longer than all of this.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from corewise._cpus import Allowed, Limit, Machine, Opinion, Throttling, cpu_count, cpus
    from corewise._govern import Governed, govern, governed, ungovern
    from corewise._limits import copy_limits, current_limits, limits
    from corewise._pools import Distribution, Pool, pools
    from corewise._unknown import Unknown

__all__ = [
    "Allowed",
    "Distribution",
    "Governed",
    "Limit",
    "Machine",
    "Opinion",
    "Pool",
    "Throttling",
    "Unknown",
    "copy_limits",
    "cpu_count",
    "cpus",
    "current_limits",
    "govern",
    "governed",
    "limits",
    "pools",
    "ungovern",
]

# Imported when first used: every interpreter of a session imports this package when it starts.
_MODULES = {
    "_cpus": ("Allowed", "Limit", "Machine", "Opinion", "Throttling", "cpu_count", "cpus"),
    "_govern": ("Governed", "govern", "governed", "ungovern"),
    "_limits": ("copy_limits", "current_limits", "limits"),
    "_pools": ("Distribution", "Pool", "pools"),
    "_unknown": ("Unknown",),
}


def __getattr__(name: str) -> object:
    for module, names in _MODULES.items():
        if name in names:
            from importlib import import_module

            value: object = getattr(import_module(f"corewise.{module}"), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
