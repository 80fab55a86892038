"""Medians with an interval that supposes no distribution: order statistics of the sample."""

import dataclasses
import math
import statistics

WANTED = 0.95


@dataclasses.dataclass(frozen=True)
class Median:
    value: float
    low: float
    high: float
    coverage: float
    """The probability that the interval holds the true median, if the samples are independent."""

    def __str__(self):
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def median(samples):
    """The median, and the narrowest interval of at least 95 %, or from least to greatest."""
    ordered = sorted(samples)
    outside = _outside(len(ordered))
    return Median(
        value=statistics.median(ordered),
        low=ordered[outside],
        high=ordered[-1 - outside],
        coverage=_coverage(len(ordered), outside),
    )


def describe(count):
    """What an interval of so many samples is, in words."""
    if count == 1:
        return "none, of one value"
    outside = _outside(count)
    ends = f"values {outside + 1} to {count - outside} in order" if outside else "least to greatest"
    return f"{ends} of {count}, which holds the true median with {_coverage(count, outside):.1%}"


def _coverage(count, outside):
    """Of the interval that leaves so many samples out at each end."""
    tail = sum(math.comb(count, k) for k in range(outside + 1)) / 2**count
    return max(0.0, 1 - 2 * tail)


def _outside(count):
    """How many samples may be left out at each end."""
    outside = 0
    while 2 * (outside + 1) < count and _coverage(count, outside + 1) >= WANTED:
        outside += 1
    return outside
