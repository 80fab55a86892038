"""Rounds: every contestant of a case, one right after the other, in an order that rotates."""

import statistics

# Rounds of arrays that take a second to make.
FEW = 3
HUGE = 100_000_000
# Contestants hold their memory between rounds up to this many bytes in all.
HELD = 2e9


class Results:
    """Nanoseconds a value of each case and contestant, round by round."""

    def __init__(self):
        self.table = {}

    def add(self, case, contestant, nanoseconds):
        self.table.setdefault(case, {}).setdefault(contestant, []).append(nanoseconds)

    def value(self, method, n, contestant):
        """The median over rounds, in nanoseconds a value; None if not measured."""
        found = self.table.get((method, n), {}).get(contestant)
        return statistics.median(found) if found else None

    def ratio(self, method, n, base, contestant):
        """How many times as fast as the base: the median of the ratios within rounds."""
        columns = self.table.get((method, n), {})
        if base not in columns or contestant not in columns:
            return None
        pairs = zip(columns[base], columns[contestant], strict=True)
        return statistics.median(one / other for one, other in pairs)


def calls_for(running, seconds):
    """How many calls take so long. The first ones warm up."""
    running.time(1)
    once = max(running.time(1), 1)
    calls = 1
    while once < 1e9 * seconds / 4 and calls < 10_000_000:
        calls = max(calls * 2, min(int(calls * 1e9 * seconds / once), calls * 20))
        once = running.time(calls)
    return calls


def measure(results, runnings, method, n, rounds, seconds):
    """Measures one case with all contestants that have the method."""
    able = []
    for running in runnings:
        if running.prepare(method, n):
            able.append((running, calls_for(running, seconds)))
        running.release()
    if n >= HUGE:
        rounds = min(rounds, FEW)
    kept = 8 * n * len(able) <= HELD
    if kept:
        for running, _ in able:
            running.prepare(method, n)
            running.time(1)
    for turn in range(rounds):
        start = turn % len(able)
        for running, calls in able[start:] + able[:start]:
            if not kept:
                running.prepare(method, n)
                running.time(1)
            taken = running.time(calls)
            if not kept:
                running.release()
            results.add((method, n), running.contestant, taken / calls / max(n, 1))
    for running, _ in able:
        running.release()
