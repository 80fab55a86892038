"""Being told when one of a few modules has been imported.

Nothing of an import is seen to be different: the module's ``__spec__`` and ``__loader__`` are those
that it would have had, and what the module raises passes no frame of this package.
"""

import sys

TYPE_CHECKING = False  # `typing` takes longer to import than all that this package does at start
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType


class Finder:
    """Stands first in ``sys.meta_path``, and finds what the others there find."""

    def __init__(self, names: "frozenset[str]", imported: "Callable[[str], object]") -> None:
        """Call ``imported`` with the name of each of these modules that has been imported."""
        self._names = names
        self._imported = imported

    def install(self) -> None:
        """Take part in the imports to come."""
        if self not in sys.meta_path:
            sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Take no part any more."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    def find_spec(
        self,
        name: str,
        path: "Sequence[str] | None" = None,
        target: "ModuleType | None" = None,
    ) -> "ModuleSpec | None":
        """Return the module's spec as the finders behind this one give it."""
        if name not in self._names or self not in sys.meta_path:
            return None
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            find_spec = getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = find_spec and find_spec(name, path, target)
            if spec is not None:
                self._follow(name, spec)
                return spec
        return None

    def _follow(self, name: str, spec: "ModuleSpec") -> None:
        """Have this module's own loader, and no other one, tell when the module has been run."""
        from functools import partial

        from corewise import _native

        loader = spec.loader
        attributes = getattr(loader, "__dict__", None)
        if attributes is None or getattr(loader, "name", None) != name:
            return  # it loads other modules too

        def then() -> None:
            attributes.pop("exec_module", None)
            self._imported(name)

        if loader is not None:
            attributes["exec_module"] = partial(_native.call_then, loader.exec_module, then)
