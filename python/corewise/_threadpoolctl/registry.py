"""The classes of controllers, and the controllers of what is loaded."""

from __future__ import annotations

import os
from functools import lru_cache

from corewise import _native
from corewise._threadpoolctl.controllers import (
    BLISController,
    LibController,
    MKLController,
    NativeController,
    OpenBLASController,
    OpenMPController,
    cdll,
)
from corewise._threadpoolctl.flexiblas import FlexiBLASController
from corewise._threadpoolctl.plan import _PLAIN, Plan

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NATIVE: dict[str, type[NativeController]] = {
    "openblas": OpenBLASController,
    "blis": BLISController,
    "mkl": MKLController,
    "openmp": OpenMPController,
    "flexiblas": FlexiBLASController,
}

_PLAIN.update(_NATIVE.values())

_ALL_CONTROLLERS: list[Any] = list(_NATIVE.values())
KNOWN_CLASSES = len(_ALL_CONTROLLERS)
_ALL_USER_APIS = ["blas", "openmp"]
_ALL_INTERNAL_APIS = list(_NATIVE)
_ALL_PREFIXES = sorted({prefix for kind in _ALL_CONTROLLERS for prefix in kind.filename_prefixes})
_ALL_BLAS_LIBRARIES = [name for name, kind in _NATIVE.items() if kind.user_api == "blas"]
_ALL_OPENMP_LIBRARIES = OpenMPController.filename_prefixes


def register(controller: Any) -> None:
    """Make a class of controllers known, for loaded libraries and those that come.

    Args:
        controller: A subclass of `LibController`. Libraries that corewise knows by itself are not
            offered to it.

    Raises:
        AttributeError: It has no ``user_api``, ``internal_api`` or ``filename_prefixes``.
    """
    user_api, internal_api = controller.user_api, controller.internal_api
    prefixes = list(controller.filename_prefixes)
    _ALL_CONTROLLERS.append(controller)
    _ALL_USER_APIS.append(user_api)
    _ALL_INTERNAL_APIS.append(internal_api)
    _ALL_PREFIXES.extend(prefixes)
    from corewise import threadpoolctl

    threadpoolctl.reset_cached_controller()


class _Known:
    """The controllers of some loaded libraries. It is replaced, never changed."""

    def __init__(self, libraries: tuple[_native.Library, ...], before: _Known | None) -> None:
        built = {} if before is None else before.built
        kinds = [(library, _NATIVE[library.internal_api]) for library in libraries]
        self.libraries = libraries
        self.built: dict[str, NativeController] = {
            library.filepath: built.get(library.filepath)
            or kind(filepath=library.filepath, prefix=library.prefix)
            for library, kind in kinds
        }
        self.controllers: list[LibController] = list(self.built.values())
        self.plan = Plan(self.controllers)
        self.has_flexiblas = any(kind is FlexiBLASController for _, kind in kinds)
        self.clash = {"libomp", "libiomp"} <= {library.prefix for library in libraries}
        self.is_simple = not self.has_flexiblas and not self.clash


_known: _Known | None = None


def known() -> _Known:
    """Return the controllers of the loaded libraries that corewise knows by itself."""
    global _known
    libraries = _native.libraries()
    if _known is None or _known.libraries is not libraries:
        _known = _Known(libraries, _known)
    return _known


def load(parent: Any, now: _Known) -> list[LibController]:
    """Return a controller for each loaded library."""
    controllers = now.controllers.copy()
    if now.has_flexiblas:
        # It tells its parent of libraries that it loads.
        controllers = [
            type(one)(filepath=one.filepath, prefix=one.prefix, parent=parent)
            if isinstance(one, FlexiBLASController)
            else one
            for one in controllers
        ]
    if len(_ALL_CONTROLLERS) > KNOWN_CLASSES:
        controllers += _registered(parent, now)
    return controllers


_matches: tuple[Any, list[tuple[Any, str, str]]] = (None, [])
"""Which libraries and classes were compared; class, path and prefix of each match."""


def _registered(parent: Any, now: _Known) -> list[LibController]:
    global _matches
    kinds = tuple(kind for kind in _ALL_CONTROLLERS if kind not in _NATIVE.values())
    of = (_native.changes(), kinds)
    if _matches[0] == of:
        return [
            kind(filepath=path, prefix=prefix, parent=parent) for kind, path, prefix in _matches[1]
        ]
    found: list[tuple[Any, str, str]] = []
    controllers: list[LibController] = []
    for path in dict.fromkeys(map(_realpath, _native.loaded_paths())):
        if path in now.built:
            continue
        name = os.path.basename(path).lower()
        for kind in kinds:
            prefix = next((one for one in kind.filename_prefixes if name.startswith(one)), None)
            if prefix is None or not _is_for(kind, path):
                continue
            try:
                controllers.append(kind(filepath=path, prefix=prefix, parent=parent))
            except OSError:
                continue
            found.append((kind, path, prefix))
            break
    _matches = (of, found)
    return controllers


def _is_for(kind: Any, path: str) -> bool:
    symbols = getattr(kind, "check_symbols", None)
    try:
        library = cdll(path)
    except OSError:
        return False
    return symbols is None or any(hasattr(library, symbol) for symbol in symbols)


@lru_cache(maxsize=10_000)
def _realpath(filepath: str) -> str:
    return os.path.realpath(filepath)
