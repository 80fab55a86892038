"""The thread pools of the running process."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from corewise import _html, _native
from corewise._unknown import Unknown, known


@dataclass(frozen=True)
class Distribution:
    """What brought a library onto the machine."""

    shipper: str
    """``wheel``, ``conda`` or ``debian``."""
    name: str
    """The package's name."""
    version: str
    """The package's version."""


@dataclass(frozen=True)
class Pool:
    """One loaded copy of a runtime, and its threads."""

    runtime: str
    """The runtime: ``openblas``, ``libgomp`` ..."""
    version: str | Unknown
    """The runtime's version, as the library says it."""
    threading_layer: str | Unknown
    """How it makes threads: ``pthreads``, ``openmp``, ``tbb``, ``workqueue``, ``none`` ..."""
    architecture: str | Unknown | None
    """The kernel architecture chosen at run time; ``None`` where a runtime has no such choice."""
    path: str
    """The library's path."""
    distribution: Distribution | Unknown
    """Who shipped the file."""
    size: int | Unknown
    """Threads that a parallel region would use now, the caller included."""
    maximum: int | Unknown
    """Threads that it could use at most without growing."""
    scope: str
    """Whose calls a limit changes: ``process``, ``thread`` or ``none``."""
    governed: Literal["each_region", "at_start", "no", "no_threads"]
    """Whether `govern` reaches it: ``each_region`` gets a share of the budget; ``at_start`` is only
    sized by an environment variable when the program starts; ``no``; ``no_threads`` where there is
    nothing to govern."""
    threads: tuple[int, ...] | Unknown
    """The threads that belong to it now, by kernel thread number, callers not included."""


class Pools(tuple[Pool, ...]):
    """The thread pools of a process; a notebook shows them as a table."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        if not self:
            return "<div>No thread pools.</div>"
        head = (
            "pool",
            "version",
            "threads",
            "at most",
            "limit counts for",
            "governed",
            "library",
        )
        return _html.table(head, map(_row, self))


def _row(pool: Pool) -> list[str]:
    distribution = pool.distribution
    shipper = "" if isinstance(distribution, Unknown) else f" ({distribution.name})"
    cells = [
        pool.runtime + shipper,
        pool.version,
        pool.size,
        pool.maximum,
        {"process": "the process", "thread": "the calling thread"}.get(pool.scope, pool.scope),
        pool.governed.replace("_", " "),
    ]
    path = f'<span style="word-break:break-all">{_html.words(pool.path)}</span>'
    return [*map(_html.words, cells), path]


def pools() -> Pools:
    """Return the thread pools of this process, in ascending order of their libraries' addresses.

    Nothing is loaded, started or changed by asking.

    Raises:
        OSError: ``/proc/self`` cannot be read.
    """
    return Pools(_pool(raw) for raw in json.loads(_native.pools()))


def _pool(raw: dict[str, Any]) -> Pool:
    architecture = raw["architecture"]
    return Pool(
        runtime=raw["runtime"],
        version=known(raw["version"], str),
        threading_layer=known(raw["threading_layer"], str),
        architecture=None if architecture is None else known(architecture, str),
        path=raw["path"],
        distribution=known(raw["distribution"], lambda d: Distribution(**d)),
        size=known(raw["size"], int),
        maximum=known(raw["maximum"], int),
        scope=raw["scope"],
        governed=raw["governed"],
        threads=known(raw["threads"], tuple),
    )
