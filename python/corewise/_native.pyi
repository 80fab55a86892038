"""The extension module: what crosses is numbers, text and JSON."""

import os
import pathlib
from collections.abc import Callable, Sequence
from typing import Any, final

from typing_extensions import Self

@final
class Library:
    """A loaded runtime that can be read and set."""

    @property
    def filepath(self) -> str:
        """The file's path, without symbolic links."""
    @property
    def prefix(self) -> str:
        """How the file's name begins."""
    @property
    def user_api(self) -> str:
        """``blas`` or ``openmp``."""
    @property
    def internal_api(self) -> str:
        """``openblas``, ``mkl``, ``blis``, ``flexiblas`` or ``openmp``."""
    @property
    def runtime(self) -> str:
        """The runtime, as `runtimes` names it."""
    @property
    def version(self) -> str | None:
        """The version, where a function tells it."""
    @property
    def threading_layer(self) -> str | None:
        """How it makes threads."""
    @property
    def architecture(self) -> str | None:
        """The processor whose kernels it uses."""
    def get_num_threads(self) -> int | None:
        """Return the threads that a parallel region of this thread would use."""
    def set_num_threads(self, num_threads: int) -> None:
        """Set that number."""

@final
class Limits:
    """The most threads of each runtime."""

    def __new__(
        cls,
        cores: int | None = None,
        blas: int | None = None,
        openmp: int | None = None,
        runtimes: dict[str, int | None] | None = None,
    ) -> Limits:
        """Take the numbers, those of runtimes by their names."""
    def begin(self) -> Live:
        """Return limits that begin to live."""

@final
class Live:
    """Limits from their begin to their end."""

    def end(self) -> None:
        """End them, wherever they are still among those of a task."""
    @property
    def ended(self) -> bool:
        """Whether they have ended."""

def libraries() -> tuple[Library, ...]:
    """Return the loaded runtimes; the same tuple while nothing is loaded."""

def numbers(libraries: tuple[Library, ...]) -> list[int | None]:
    """Return the number of threads of each library."""

def set_numbers(libraries: tuple[Library, ...], numbers: list[int]) -> None:
    """Set that of each library to its own."""

def set_number(libraries: tuple[Library, ...], number: int) -> None:
    """Set that of each library to the same."""

def library(path: str, internal_api: str) -> Library | None:
    """Return the loaded library at a path, if it has the functions of ``internal_api``."""

def changes() -> tuple[int, int]:
    """Return how often libraries were loaded and unloaded: both the same, so are the libraries."""

def loaded_paths() -> list[str]:
    """Return the paths of all loaded libraries."""

def runtimes() -> list[tuple[str, str]]:
    """Return the runtimes that can be limited, name and API of each."""

def apply(live: tuple[Live, ...]) -> None:
    """Make these limits those of the calling thread, in place of what it had."""

def smallest(live: tuple[Live, ...]) -> dict[str, int]:
    """Return the most threads of each runtime under these limits."""

def after_fork() -> None:
    """End the limits of threads that this forked process does not have."""

def pause_limits() -> None:
    """Put back what limits have set, before the governor comes or goes."""

def resume_limits() -> None:
    """Have limits hold again, after that."""

def main(arguments: Sequence[str]) -> int:
    """Run the ``corewise`` command and return its exit code."""

def cpu_count() -> int:
    """Return how many threads a pool of this process should have."""

def cpus(pid: int | None = None) -> str:
    """Return the allowed cores as JSON."""

def pools() -> str:
    """Return the thread pools of this process as JSON."""

def call_then(
    function: Callable[..., object], then: Callable[[], object], argument: object
) -> object:
    """Call ``function(argument)``, then ``then()``, and leave no frame in a traceback."""

def call_unless_running(function: Callable[[int], object], argument: int, folder: str) -> bool:
    """Call ``function(argument)`` unless another thread runs a function of a file below ``folder``.

    Return whether it did.
    """

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

@final
class Stream:
    """A bit generator of NumPy's, ready to be drawn from."""

    @staticmethod
    def of(bit_generator: object, in_memory: bool = True) -> Stream | None:
        """Return the stream of a bit generator, if it is of a type that is known.

        ``in_memory``: whether its state may be read and written there, not as a dictionary.
        """

class Streams:
    """Methods of NumPy's ``Generator`` for a class that has a ``_stream``; NumPy's types hold."""

    random: Any
    standard_normal: Any
    standard_exponential: Any
    uniform: Any
    normal: Any
    lognormal: Any
    exponential: Any
    integers: Any
    bytes: Any
    shuffle: Any
    standard_gamma: Any
    gamma: Any
    chisquare: Any
    f: Any
    standard_t: Any
    beta: Any
    pareto: Any
    weibull: Any
    power: Any
    rayleigh: Any
    laplace: Any
    gumbel: Any
    logistic: Any
    wald: Any
    vonmises: Any
    triangular: Any
    standard_cauchy: Any
    poisson: Any
    geometric: Any
    logseries: Any
    zipf: Any
    binomial: Any
    negative_binomial: Any
    noncentral_chisquare: Any
    noncentral_f: Any

class LegacyStreams:
    """As `Streams`, of NumPy's ``RandomState``."""

    random_sample: Any
    random: Any
    rand: Any
    randn: Any
    standard_normal: Any
    normal: Any
    uniform: Any
    randint: Any
    bytes: Any
