"""The extension module: every function returns a number or JSON text."""

from collections.abc import Sequence

def main(arguments: Sequence[str]) -> int:
    """Run the ``corewise`` command and return its exit code."""

def cpu_count() -> int:
    """Return how many threads a pool of this process should have."""

def cpus(pid: int | None = None) -> str:
    """Return the allowed cores as JSON."""

def pools() -> str:
    """Return the thread pools of this process as JSON."""
