"""How many cores this process may use, and why."""

from __future__ import annotations

import json
from dataclasses import dataclass

from corewise import _html, _native
from corewise._unknown import Unknown, known


@dataclass(frozen=True)
class Limit:
    """One reason why a process may not use more cores."""

    source: str
    """``online``, ``affinity``, ``cpuset``, ``quota``, ``batch_system`` or ``environment``."""
    cores: float
    """What it leaves, in cores."""
    origin: str
    """Where it was read: a path, or the name of an environment variable."""
    detail: str
    """What was read there, in words."""
    decides: bool
    """Whether it is the tightest (several may be)."""


@dataclass(frozen=True)
class Machine:
    """What the machine has, whoever may use it."""

    online: str
    """Logical CPUs that are online, in the kernel's list form."""
    physical_cores: int | Unknown
    """Physical cores among them."""
    threads_per_core: int | Unknown
    """Logical CPUs per physical core (SMT siblings)."""
    numa_nodes: int | Unknown
    """NUMA nodes with at least one online CPU."""
    cpu_model: str | Unknown
    """The processor's name."""


@dataclass(frozen=True)
class Throttling:
    """What the kernel counts when a CPU quota is used up, since the cgroup was made."""

    path: str
    """The cgroup's folder."""
    periods: int
    """Enforcement periods with work in them."""
    throttled_periods: int
    """Periods in which the group was stopped."""
    throttled: int
    """How long it was stopped, summed over CPUs, in ns."""


@dataclass(frozen=True)
class Opinion:
    """What somebody else would call the core count."""

    who: str
    """Who: ``os.cpu_count()``, ``nproc`` ..."""
    cores: int | Unknown
    """What it would answer."""
    why: str
    """What it looks at."""


@dataclass(frozen=True)
class Allowed:
    """The cores that machine, affinity, cpuset, quota and batch system leave to a process."""

    cores: float
    """The tightest limit, as a fraction of cores."""
    threads: int
    """``cores`` as a number of threads for a pool: rounded half up, at least 1."""
    limits: tuple[Limit, ...]
    """Every limit that was found."""
    machine: Machine
    """What the machine has."""
    throttling: tuple[Throttling, ...]
    """Throttling of each cgroup that has a quota."""
    opinions: tuple[Opinion, ...]
    """What others would say."""
    gaps: tuple[str, ...]
    """What could not be read or believed, one sentence each."""

    def _repr_html_(self) -> str:
        words = _html.words
        noun = "core" if self.cores == 1 else "cores"
        threads = "1 thread" if self.threads == 1 else f"{self.threads} threads"
        rows = [
            [
                f"<b>{words(f'{limit.cores:g}')}</b>" if limit.decides else f"{limit.cores:g}",
                words(limit.source.replace("_", " ")),
                words(limit.detail),
                words(limit.origin),
            ]
            for limit in self.limits
        ]
        opinions = [
            f"{words(opinion.who)}: {words(opinion.cores)} ({words(opinion.why)})"
            for opinion in self.opinions
        ]
        return (
            f"<div><b>{self.cores:g} {noun}</b> allowed: {threads} for a pool</div>"
            + _html.table(("cores", "limit", "value", "read from"), rows)
            + _html.folded("What others would say", opinions)
            + _html.folded("What could not be read", map(words, self.gaps))
        )


def cpu_count() -> int:
    """Return how many threads a pool of this process should have, at least 1.

    The same as ``cpus().threads``.

    Raises:
        OSError: neither ``/proc`` nor ``/sys`` says how many CPUs there are.
    """
    return _native.cpu_count()


def cpus(pid: int | None = None) -> Allowed:
    """Return how many cores this process, or the process ``pid``, may use, and why.

    Raises:
        ProcessLookupError: there is no process ``pid``, or it may not be looked at.
        OSError: neither ``/proc`` nor ``/sys`` says how many CPUs there are.
    """
    raw = json.loads(_native.cpus(pid))
    machine = raw["machine"]
    return Allowed(
        cores=raw["cores"],
        threads=raw["threads"],
        limits=tuple(
            Limit(
                source=limit["source"],
                cores=limit["cores"],
                origin=limit["from"],
                detail=limit["detail"],
                decides=number in raw["decided_by"],
            )
            for number, limit in enumerate(raw["limits"])
        ),
        machine=Machine(
            online=_cpu_list(machine["online"]),
            physical_cores=known(machine["physical_cores"], int),
            threads_per_core=known(machine["threads_per_core"], int),
            numa_nodes=known(machine["numa_nodes"], int),
            cpu_model=known(machine["cpu_model"], str),
        ),
        throttling=tuple(
            Throttling(
                path=group["path"],
                periods=group["periods"],
                throttled_periods=group["throttled_periods"],
                throttled=group["throttled"],
            )
            for group in raw["throttling"]
        ),
        opinions=tuple(
            Opinion(who=opinion["who"], cores=known(opinion["cores"], int), why=opinion["why"])
            for opinion in raw["opinions"]
        ),
        gaps=tuple(raw["gaps"]),
    )


def _cpu_list(cpus: list[int]) -> str:
    """``[0, 1, 2, 8]`` as ``0-2,8``."""
    ranges: list[list[int]] = []
    for cpu in cpus:
        if ranges and ranges[-1][1] == cpu - 1:
            ranges[-1][1] = cpu
        else:
            ranges.append([cpu, cpu])
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in ranges)
