"""What corewise should reach, and whether it did. Verdicts come from medians of pairs alone."""

import dataclasses
import fnmatch
import pathlib

import contestants as c

try:
    import tomllib
except ImportError:  # before Python 3.11: misses are shown without causes
    tomllib = None

CAUSES = pathlib.Path(__file__).resolve().parent / "causes.toml"
LARGE = 10_000_000


@dataclasses.dataclass(frozen=True)
class Goal:
    """The contestant is at least so many times as fast as the base."""

    method: str
    n: int
    contestant: c.Contestant
    least: float
    base: c.Contestant = c.NUMPY

    @property
    def name(self):
        return f"{self.method}, {self.n:,}, {self.contestant.title}"


def fixed():
    """The goals for large arrays."""
    for method, one, every in (
        ("normal", 9, 14),
        ("exponential", 4.5, 8),
        ("random", 4.5, 7),
    ):
        yield Goal(method, LARGE, c.ONE, one)
        yield Goal(method, LARGE, c.ALL, every)
        yield Goal(method, LARGE, c.AVX2, one * 2 / 3)
        yield Goal(method, LARGE, c.AVX2_ALL, every * 2 / 3)
    yield Goal("random", LARGE, c.ONE, 1 / 1.1, c.MEMORY_ONE)
    yield Goal("random", LARGE, c.ALL, 1 / 1.1, c.MEMORY_ALL)
    yield Goal("random f32", LARGE, c.ALL, 7)
    yield Goal("integers", LARGE, c.ALL, 7)
    yield Goal("shuffle", LARGE, c.ALL, 5)


def no_slower(measured):
    """No size is slower than with NumPy; a call for one value takes at most 1.2 times as long.

    From two values on, 3 % are left to noise.
    """
    for (method, n), columns in measured.items():
        if c.ALL in columns:
            yield Goal(method, n, c.ALL, 1 / 1.2 if n <= 1 else 0.97)


@dataclasses.dataclass(frozen=True)
class Verdict:
    goal: Goal
    ratio: float

    @property
    def hit(self):
        return self.ratio >= self.goal.least


def verdicts(results):
    """One for each goal whose two sides were measured."""
    found = []
    for goal in [*fixed(), *no_slower(results.table)]:
        ratio = results.ratio(goal.method, goal.n, goal.base, goal.contestant)
        if ratio is not None:
            found.append(Verdict(goal, ratio))
    return found


def cause(goal):
    """Why the goal is missed, as far as somebody has found out: kept by hand in causes.toml."""
    known = tomllib.loads(CAUSES.read_text()).get("causes", {}) if tomllib else {}
    fits = (text for pattern, text in known.items() if fnmatch.fnmatch(goal.name, pattern))
    return next(fits, "not known yet")
