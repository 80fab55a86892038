"""Putting one module in the place of threadpoolctl, and taking it out again."""

from __future__ import annotations

import sys
from types import ModuleType

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NAME = "threadpoolctl"
_installed: _Installed | None = None


class _Installed:
    """What was replaced: by what, and where."""

    def __init__(self, ours: ModuleType) -> None:
        self.ours = ours
        self.theirs: ModuleType | None = sys.modules.get(_NAME)
        self.replaced: list[tuple[dict[str, Any], str, Any, Any]] = []
        self.registered = list(ours._ALL_CONTROLLERS)
        sys.modules[_NAME] = ours
        if self.theirs is not None:
            for controller in self.theirs._ALL_CONTROLLERS:
                if controller.__module__ != _NAME:
                    ours.register(controller)
            self.registered = list(ours._ALL_CONTROLLERS)
            self._replace_names(self.theirs)

    def _replace_names(self, theirs: ModuleType) -> None:
        names = {id(theirs): self.ours}
        for name, value in vars(theirs).items():
            # Numbers and texts are equal in many modules, and what it imports is not its own.
            own = getattr(value, "__module__", None) == _NAME or name.startswith("_ALL_")
            if own and hasattr(self.ours, name):
                names[id(value)] = getattr(self.ours, name)
        for module in list(sys.modules.values()):
            if module is theirs or not isinstance(module, ModuleType):
                continue
            # Not by `vars`: a module that loads itself lazily would.
            named: dict[str, Any] = object.__getattribute__(module, "__dict__")
            for name, value in list(named.items()):
                new = names.get(id(value))
                if new is None and type(value) is theirs.ThreadpoolController:
                    new = self._controller(value)
                if new is not None:
                    named[name] = new
                    self.replaced.append((named, name, value, new))

    def _controller(self, theirs: Any) -> Any:
        paths = {one.filepath for one in theirs.lib_controllers}
        ours = self.ours.ThreadpoolController()
        return ours._from_controllers(one for one in ours.lib_controllers if one.filepath in paths)

    def undo(self) -> None:
        for named, name, old, new in self.replaced:
            if named.get(name) is new:
                named[name] = old
        if sys.modules.get(_NAME) is self.ours:
            if self.theirs is None:
                del sys.modules[_NAME]
            else:
                sys.modules[_NAME] = self.theirs
        if self.theirs is not None:
            for controller in self.ours._ALL_CONTROLLERS:
                if controller not in self.registered:
                    self.theirs.register(controller)


def install(ours: ModuleType) -> None:
    """Put ``ours`` in threadpoolctl's place, unless it is there."""
    global _installed
    if _installed is None:
        _installed = _Installed(ours)


def uninstall() -> None:
    """Undo `install`, if it was done."""
    global _installed
    if _installed is not None:
        _installed.undo()
        _installed = None
