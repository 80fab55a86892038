"""The extension module: what crosses is numbers, text and JSON."""

import os
import pathlib
from collections.abc import Sequence
from typing import final

from typing_extensions import Self

def main(arguments: Sequence[str]) -> int:
    """Run the ``corewise`` command and return its exit code."""

def cpu_count() -> int:
    """Return how many threads a pool of this process should have."""

def cpus(pid: int | None = None) -> str:
    """Return the allowed cores as JSON."""

def pools() -> str:
    """Return the thread pools of this process as JSON."""

@final
class Reading:
    """A recording and its findings, read from a file."""

    def __new__(cls, path: os.PathLike[str] | str) -> Self: ...
    def json(self) -> str:
        """Return the report as JSON."""

    def text(self, all: bool = False) -> str:
        """Return the report as text."""

    def fragment(self, wall: int | None = None, limit: int | None = None) -> str:
        """Return the figures and the timeline as HTML for a notebook."""

    def write_html(self, out: os.PathLike[str] | str) -> None:
        """Write the report as an HTML page."""

def govern(cores: int | None = None, deterministic: bool = False) -> pathlib.Path | None:
    """Begin a session and govern this process; return the session's path for children."""

def join(path: str) -> None:
    """Govern this process by the session at ``path``."""

def leave() -> None:
    """Cease to govern this process; its session goes on."""

def ungovern() -> None:
    """Cease to govern this process."""

def end_session() -> None:
    """End the session that this process began; it stays governed."""

def stand_in_for_numba(parallel_for: int, set_num_threads: int) -> int | None:
    """Return the address of what stands for a threading layer's ``parallel_for``."""

def governed() -> tuple[bool, int, int, int, int]:
    """Return whether it governs, the budget, functions, slots, and slots that were refused."""
