"""What a workload is: a name, how it is made ready, and what is expected of the governor there."""

import dataclasses
import enum
from collections.abc import Callable

from limits import Limits


class Load(enum.Enum):
    """What the load is like: it decides which goals hold for a row."""

    STEADY = "steady"
    CHANGES = "changes"
    """Callers come and go, so no static size is right all the time."""
    SPINS = "spins"
    """Idle pool threads burn cores that other threads or processes could use."""
    HEALTHY = "healthy"
    """Nothing is wrong: governing must cost nothing."""


@dataclasses.dataclass(frozen=True)
class Workload:
    name: str
    prepare: Callable[[Limits], Callable[[], float]]
    """Makes the data, and gives the function that is timed. It returns a check sum."""
    iterations: int
    load: Load = Load.STEADY
    libraries: tuple[str, ...] = ("numpy",)
    """Modules to import first, so that each pool is there when pools are grown."""
    by_hand: bool = True
    """Whether a user would limit pools here at all, with threadpoolctl or joblib."""
    tolerance: float = 1e-6
    """How far check sums may be apart, relative: sums are rounded in another order."""
    quick: bool = False
    """Whether it is one of the few that `--quick` runs."""
