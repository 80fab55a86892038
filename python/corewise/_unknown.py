"""Values that could not be found out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Unknown:
    """What could not be found out, and why. It is false, and never compares equal to a number."""

    reason: str
    """Why it is not known."""

    def __bool__(self) -> bool:
        """Whether it is known: no."""
        return False

    def __str__(self) -> str:
        """Text for a person."""
        return f"unknown ({self.reason})"


def known(value: dict[str, Any], convert: Callable[[Any], T]) -> T | Unknown:
    """The value in Rust's ``Known`` as JSON has it, converted, or why there is none."""
    if "unknown" in value:
        return Unknown(str(value["unknown"]))
    return convert(value["known"])
