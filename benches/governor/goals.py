"""What corewise should reach, and whether it did. Verdicts come from the medians alone."""

import dataclasses

import intervals
from workloads import Load

EVERY_ROW = 1.05
CHANGING = 0.90
SPINNING = 0.90
GROWN = 1.10
HEALTHY = 1.01


@dataclasses.dataclass(frozen=True)
class Goal:
    most: float
    against: str
    """In words."""
    base: str | None
    """The key of the setting that is compared with; none if nothing was measured."""

    def __str__(self):
        return f"≤ {self.most:.2f} × {self.against}"


@dataclasses.dataclass(frozen=True)
class Verdict:
    goal: Goal
    result: intervals.Median | None
    hit: bool
    note: str


def goals(comparison):
    """The goals of a row."""
    row = comparison.row
    if row.grown:
        return [Goal(GROWN, "c", "c" if comparison.measured("c") else None)]
    best = comparison.best()
    load = row.workload.load
    if load is Load.CHANGES:
        return [Goal(CHANGING, "e", best)]
    if load is Load.SPINS:
        return [
            Goal(SPINNING, "e of default spin", comparison.best(short_spin=False)),
            Goal(EVERY_ROW, "e of short spin", comparison.best(short_spin=True)),
        ]
    every = [Goal(EVERY_ROW, "e", best)]
    if load is Load.HEALTHY:
        every.append(Goal(HEALTHY, "a", "a" if comparison.measured("a") else None))
    return every


def verdicts(comparison, key="f"):
    """A verdict for each goal that has something to compare with."""
    if not comparison.measured(key):
        return []
    found = [_verdict(comparison, key, goal) for goal in goals(comparison)]
    return [verdict for verdict in found if verdict]


def _verdict(comparison, key, goal):
    if goal.base is None:
        return None
    status = comparison.status(key)
    if status != "ok":
        note = "over the time limit" if status == "limit" else "failed"
        return Verdict(goal, None, False, note)
    if comparison.status(goal.base) == "failed":
        return None
    if comparison.status(goal.base) == "limit":
        return Verdict(goal, None, True, f"{goal.base} is over the time limit")
    result = comparison.ratio(key, goal.base)
    if result is None:
        return None
    if key in comparison.disagreeing():
        return Verdict(goal, result, False, "another check sum")
    return Verdict(goal, result, result.value <= goal.most, "")
