"""The rows of the table: a workload, with pools as they come or grown as on a large host."""

import dataclasses
import fnmatch

import workloads

GROWN_SETTINGS = ("a", "b", "c", "f")


@dataclasses.dataclass(frozen=True)
class Row:
    workload: workloads.Workload
    grown: int | None

    @property
    def name(self):
        return f"{self.workload.name}@{self.grown}" if self.grown else self.workload.name

    def has(self, setting):
        """Whether the setting is run for this row."""
        if setting.by_hand and not self.workload.by_hand:
            return False
        return self.grown is None or setting.key in GROWN_SETTINGS


def select(only, quick, grown):
    """The rows that the options ask for. A pattern is matched with the row's name."""
    rows = [Row(workload, size) for size in (None, *grown) for workload in workloads.ALL.values()]
    if only:
        return [row for row in rows if any(fnmatch.fnmatch(row.name, glob) for glob in only)]
    return [row for row in rows if row.workload.quick or not quick]


def rotated(items, by):
    by %= max(1, len(items))
    return [*items[by:], *items[:by]]
