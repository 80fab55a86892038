"""Settings that are not launched again: they have no chance to be the best, and are in no goal.

A bad setting can take a hundred times as long as a good one, and would take most of the hours.
"""

from workloads import Load

AFTER_ROUNDS = {1: 4.0, 2: 1.5}
"""From so many rounds on, a static setting is dropped that is so many times as slow as the best."""


def dropped(comparison, setting, rounds):
    """Whether the setting is left out, after so many rounds."""
    if not comparison.measured(setting.key):
        return False
    if comparison.status(setting.key) == "limit":
        return True
    if setting.governed or _in_goal(comparison.row, setting.key):
        return False
    best = comparison.best()
    if best is None or comparison.status(setting.key) != "ok":
        return False
    factors = [factor for after, factor in AFTER_ROUNDS.items() if rounds >= after]
    times = comparison.seconds(setting.key) / comparison.seconds(best)
    return bool(factors) and times > min(factors)


def _in_goal(row, key):
    if row.grown:
        return key == "c"
    return key == "a" and row.workload.load is Load.HEALTHY
