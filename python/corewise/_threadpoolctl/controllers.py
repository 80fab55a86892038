"""Controllers: one for each loaded library whose threads can be limited."""

from __future__ import annotations

import os
import sys
from abc import ABC, abstractmethod
from functools import cached_property
from threading import Thread

from corewise import _native
from corewise._threadpoolctl import own
from corewise._threadpoolctl.controlling import CONTROL, Control

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ctypes
    from collections.abc import Callable
    from typing import Any, ClassVar, Literal, final

    Scope = Literal["current_thread", "process", "unknown"]
else:

    def final(function: Any) -> Any:
        """Mark nothing at run time: it is for type checkers."""
        return function


_HIDDEN = frozenset({"dynlib", "parent", "_symbol_prefix", "_symbol_suffix", "_library"})
"""Attributes that are no facts about the library."""

_cdlls: dict[str, ctypes.CDLL] = {}


def cdll(path: str) -> ctypes.CDLL:
    """Return the library at a path for ctypes.

    Raises:
        OSError: It is not loaded.
    """
    import ctypes

    if path not in _cdlls:
        _cdlls[path] = ctypes.CDLL(path, mode=os.RTLD_NOLOAD)
    return _cdlls[path]


def c_int(number: Any) -> int:
    """Return what a C function would get for ``number`` as its ``int``.

    Raises:
        ctypes.ArgumentError: It is no integer, or has more than 64 bits.
    """
    if hasattr(number, "__index__"):
        number = number.__index__()
        if -(2**63) <= number < 2**64:
            return int((number + 2**31) % 2**32 - 2**31)
    import ctypes

    raise ctypes.ArgumentError(
        f"a number of threads must be an integer of at most 64 bits, not {number!r}"
    )


class LibController(ABC):
    """What reads and limits the threads of one loaded library.

    A class of your own is made known by `register`. It has these attributes:

    - ``user_api``: what programs call the library by (``"blas"``, ``"openmp"``), or the same as
      ``internal_api``;
    - ``internal_api``: which library it is;
    - ``filename_prefixes``: how the names of its files begin, in lower case;
    - ``check_symbols``, if it is there: functions of which the library has at least one;

    and defines `get_num_threads`, `set_num_threads` and `get_version`. An instance has
    ``filepath``, ``prefix`` (the one that the file's name has), ``parent`` (the
    `ThreadpoolController` that found it), ``version`` and ``dynlib``.
    """

    user_api: str
    internal_api: str
    filename_prefixes: tuple[str, ...]

    parent: Any
    prefix: str | None
    filepath: Any
    version: str | None

    @final
    def __init__(
        self, *, filepath: str | None = None, prefix: str | None = None, parent: Any = None
    ) -> None:
        """Take in the loaded library at ``filepath``; subclasses leave this as it is.

        Raises:
            OSError: It is not loaded.
        """
        self.parent = parent
        self.prefix = prefix
        self.filepath = filepath
        self._open()
        self.version = self.get_version()
        self.set_additional_attributes()

    def _open(self) -> None:
        _ = self.dynlib

    @cached_property
    def dynlib(self) -> ctypes.CDLL:
        """The library, for ctypes."""
        return cdll(self.filepath)

    def info(self, debugging_info: bool = False) -> dict[str, Any]:
        """Return the facts about the library.

        Args:
            debugging_info: Also find out whose calls a limit counts for, ``thread_limit_scope``.
                This sets the library's number for a moment.
        """
        facts = {
            "user_api": self.user_api,
            "internal_api": self.internal_api,
            "num_threads": self.num_threads,
        }
        facts.update([item for item in vars(self).items() if item[0] not in _HIDDEN])
        if debugging_info:
            facts["thread_limit_scope"] = self._thread_limit_scope()
        return facts

    def set_additional_attributes(self) -> None:  # noqa: B027 (not every class has some)
        """Set attributes that are to be among the facts."""

    @property
    def num_threads(self) -> int | None:
        """The most threads that it uses now."""
        return self.get_num_threads()

    @abstractmethod
    def get_num_threads(self) -> int | None:
        """Return the most threads that it uses."""

    @abstractmethod
    def set_num_threads(self, num_threads: int) -> None:
        """Set the most threads that it uses; of the calling thread alone, where it can."""

    @abstractmethod
    def get_version(self) -> str | None:
        """Return the library's version."""

    def _find_affixes(self) -> tuple[str, str]:
        """Return what the library's functions have before and after their plain names."""
        return "", ""

    @cached_property
    def _symbol_prefix(self) -> str:
        return self._find_affixes()[0]

    @cached_property
    def _symbol_suffix(self) -> str:
        return self._find_affixes()[1]

    def _get_symbol(self, name: str) -> Any:
        """Return a function of the library by its plain name; `None` where it has none."""
        return getattr(self.dynlib, f"{self._symbol_prefix}{name}{self._symbol_suffix}", None)

    def _thread_limit_scope(self) -> Scope:
        return _determine_thread_limit_scope(self.get_num_threads, self.set_num_threads)


class NativeController(LibController):
    """A controller of a library that corewise knows by itself."""

    _family: ClassVar[str]
    _library: _native.Library

    def _open(self) -> None:
        known = (one for one in _native.libraries() if one.filepath == self.filepath)
        library = next(known, None) or _native.library(os.fspath(self.filepath), self._family)
        if library is None:
            raise OSError(f"{self.filepath} is not loaded, or is no library of {self._family}")
        self._library = library

    def get_num_threads(self) -> int | None:
        """Return the most threads that a parallel region of this thread would use."""
        return self._library.get_num_threads()

    def set_num_threads(self, num_threads: int) -> None:
        """Set that number."""
        try:
            self._library.set_num_threads(num_threads)
        except (TypeError, OverflowError):
            self._library.set_num_threads(c_int(num_threads))

    def get_version(self) -> str | None:
        """Return the version that a function of the library tells."""
        return self._library.version


class _LayerController(NativeController):
    """A library that tells how it makes threads."""

    threading_layer: str | None

    def set_additional_attributes(self) -> None:
        """Take in how."""
        self.threading_layer = self._library.threading_layer


class OpenBLASController(_LayerController):
    """OpenBLAS.

    A build with threads of its own has one number for the process. The first thread that sets it
    controls it: what others set is ignored, until that thread ends, leaves its outermost ``with``
    block, or `clear_controlling_thread` is called. Under `corewise.govern` what others set counts
    for their own calls.
    """

    user_api = "blas"
    internal_api = _family = "openblas"
    filename_prefixes: tuple[str, ...] = ("libopenblas", "libblas", "libscipy_openblas", "openblas")
    _symbol_prefixes = ("", "scipy_")
    _symbol_suffixes = ("", "64_", "_64")
    check_symbols: tuple[str, ...] = tuple(
        f"{prefix}openblas_get_num_threads{suffix}"
        for prefix in ("", "scipy_")
        for suffix in ("", "64_", "_64")
    )
    architecture: str | None

    _SHARED_STATE: ClassVar[Control] = CONTROL

    @classmethod
    def clear_controlling_thread(cls, force: bool = False) -> None:
        """Let another thread control the number.

        Args:
            force: Also where the calling thread is not the one that does.
        """
        if force or CONTROL.is_mine():
            CONTROL.release()

    def set_additional_attributes(self) -> None:
        """Set the layer and the processor whose kernels are used."""
        super().set_additional_attributes()
        self.architecture = self._library.architecture

    @property
    def has_own_threads(self) -> bool:
        """Whether it has one pool for the process, rather than OpenMP's threads."""
        return self.threading_layer != "openmp"

    def set_num_threads(self, num_threads: int) -> None:
        """Set the number, where this thread may."""
        if not self.has_own_threads:
            super().set_num_threads(num_threads)
        elif CONTROL.is_taken():
            super().set_num_threads(num_threads)
            if own.used:
                own.follow(c_int(num_threads))
        elif _native.governed()[0]:
            own.limit(c_int(num_threads))

    def _thread_limit_scope(self) -> Scope:
        if self.has_own_threads and _native.governed()[0]:
            return "current_thread"
        return super()._thread_limit_scope()

    def _find_affixes(self) -> tuple[str, str]:
        for prefix in self._symbol_prefixes:
            for suffix in self._symbol_suffixes:
                if hasattr(self.dynlib, f"{prefix}openblas_get_num_threads{suffix}"):
                    return prefix, suffix
        return "", ""


class BLISController(_LayerController):
    """BLIS."""

    user_api = "blas"
    internal_api = _family = "blis"
    filename_prefixes: tuple[str, ...] = ("libblis", "libblas")
    check_symbols: tuple[str, ...] = (
        "bli_thread_get_num_threads",
        "bli_thread_set_num_threads",
        "bli_info_get_version_str",
        "bli_info_get_enable_openmp",
        "bli_info_get_enable_pthreads",
        "bli_arch_query_id",
        "bli_arch_string",
    )
    architecture: str | None

    def set_additional_attributes(self) -> None:
        """Set the layer and the processor whose kernels are used."""
        super().set_additional_attributes()
        self.architecture = self._library.architecture


class MKLController(_LayerController):
    """Intel's MKL."""

    user_api = "blas"
    internal_api = _family = "mkl"
    filename_prefixes: tuple[str, ...] = ("libmkl_rt", "mkl_rt", "libblas")
    check_symbols: tuple[str, ...] = (
        "MKL_Get_Max_Threads",
        "MKL_Set_Num_Threads_Local",
        "MKL_Get_Version_String",
        "MKL_Set_Threading_Layer",
    )


class OpenMPController(NativeController):
    """OpenMP: GNU's, LLVM's, Intel's."""

    user_api = "openmp"
    internal_api = _family = "openmp"
    filename_prefixes: tuple[str, ...] = ("libiomp", "libgomp", "libomp", "vcomp")
    check_symbols: tuple[str, ...] = ("omp_get_max_threads", "omp_get_num_threads")


def _determine_thread_limit_scope(
    get_n_threads: Callable[[], int | None], set_n_threads: Callable[[int], None]
) -> Scope:
    """Find out by trial whose calls a limit counts for: that number is another for a moment."""
    before = get_n_threads()
    wanted = 2 if before is None or before < 2 else before - 1
    seen: list[int | None] = []

    def set_in_another() -> None:
        set_n_threads(wanted)
        seen.append(get_n_threads())

    # Whoever controls OpenBLAS would keep both threads from setting it.
    held = CONTROL.release()
    try:
        thread = Thread(target=set_in_another)
        thread.start()
        thread.join()
        here = get_n_threads()
        if seen != [wanted] or here not in (wanted, before):
            return "unknown"
        return "process" if here == wanted else "current_thread"
    finally:
        CONTROL.release()
        if before is not None:
            set_n_threads(before)
        CONTROL.restore(*held)


def warn_of_clash() -> None:
    """Warn of two runtimes of OpenMP that do not bear each other."""
    import warnings

    warnings.warn(
        "Found Intel OpenMP (libiomp) beside LLVM OpenMP (libomp) in this process: each takes the "
        "other's threads for its own, so the program may crash or hang. What can be done: "
        "https://github.com/joblib/threadpoolctl/blob/master/multiple_openmp.md",
        RuntimeWarning,
        stacklevel=sys.maxsize,
    )
