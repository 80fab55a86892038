"""How a set of libraries is read and set at once: found out once, used at each limit."""

from __future__ import annotations

from corewise import _native
from corewise._threadpoolctl import own
from corewise._threadpoolctl.controllers import NativeController, OpenBLASController
from corewise._threadpoolctl.controlling import CONTROL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Set = Callable[[int], Any]


class Plan:
    """The functions of some controllers."""

    def __init__(self, controllers: list[Any]) -> None:
        """Look at the controllers."""
        self.controllers = list(controllers)
        # The library's own function where it is what the controller's does: a call fewer.
        self.gets: list[Callable[[], int | None]] = [
            one._library.get_num_threads if _is_plain(one) else one.get_num_threads
            for one in controllers
        ]
        self.sets: list[Set] = [one.set_num_threads for one in controllers]
        self.is_plain = all(map(_is_plain, controllers))
        """Whether all are classes of corewise's own: their functions take what fits a C ``int``."""
        self._alone: list[tuple[int, Set]] = []
        """Places and functions of those that every thread may set."""
        self._pooled: list[tuple[int, Set]] = []
        """Those of OpenBLAS with one pool for the process."""
        self._of_api: dict[str | None, tuple[list[Set], list[Set]]] = {}
        if self.is_plain:
            for place, one in enumerate(controllers):
                kind = self._pooled if has_own_threads(one) else self._alone
                kind.append((place, one._library.set_num_threads))

    def set_api(self, user_api: str | None, number: int) -> None:
        """Set the number of all libraries of an API, if they are plain."""
        if user_api not in self._of_api:
            self._of_api[user_api] = (
                self._of(self._alone, user_api),
                self._of(self._pooled, user_api),
            )
        alone, pooled = self._of_api[user_api]
        for put in alone:
            put(number)
        if pooled:
            if CONTROL.is_taken():
                for put in pooled:
                    put(number)
                own.follow(number)
            elif _native.governed()[0]:
                own.limit(number)

    def _of(self, those: list[tuple[int, Set]], user_api: str | None) -> list[Set]:
        return [
            put
            for place, put in those
            if user_api is None or self.controllers[place].user_api == user_api
        ]

    def set_each(self, numbers: list[Any]) -> None:
        """Set the number of each library, if they are plain and this process is not governed."""
        for place, put in self._alone:
            put(numbers[place])
        if self._pooled and CONTROL.is_taken():
            for place, put in self._pooled:
                put(numbers[place])


def _is_plain(controller: Any) -> bool:
    return type(controller) in _PLAIN


_PLAIN: set[type[NativeController]] = set()
"""Those of corewise's own classes; `registry` fills it in."""


def has_own_threads(controller: Any) -> bool:
    """Whether it is an OpenBLAS with one pool for the process."""
    return isinstance(controller, OpenBLASController) and controller.has_own_threads
