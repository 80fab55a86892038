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
        self._plain_sets: list[Set] = []
        """The libraries' own functions, if all are plain."""
        self._of_api: dict[str | None, tuple[list[Set], list[Set]]] = {}
        if self.is_plain:
            self._plain_sets = [one._library.set_num_threads for one in controllers]
        self._alone = [place for place, one in enumerate(controllers) if not has_own_threads(one)]
        """Those that every thread may set."""
        self._is_pooled = len(self._alone) < len(controllers)
        """Whether there is an OpenBLAS with one pool for the process."""

    def set_api(self, user_api: str | None, number: int) -> None:
        """Set the number of all libraries of an API, if they are plain."""
        every, alone = self._of_api.get(user_api) or self._find(user_api)
        if not self._is_pooled or CONTROL.is_taken():
            for put in every:
                put(number)
            if own.used:
                own.follow(number)
            return
        for put in alone:
            put(number)
        if len(alone) < len(every) and _native.governed()[0]:
            own.limit(number)

    def _find(self, user_api: str | None) -> tuple[list[Set], list[Set]]:
        places = [
            place
            for place, one in enumerate(self.controllers)
            if user_api is None or one.user_api == user_api
        ]
        found = (
            [self._plain_sets[place] for place in places],
            [self._plain_sets[place] for place in places if place in self._alone],
        )
        self._of_api[user_api] = found
        return found

    def set_each(self, numbers: list[Any]) -> None:
        """Set the number of each library, if they are plain and this process is not governed."""
        if not self._is_pooled or CONTROL.is_taken():
            for put, number in zip(self._plain_sets, numbers):  # noqa: B905 (a tenth of the time)
                put(number)
        else:
            for place in self._alone:
                self._plain_sets[place](numbers[place])


def _is_plain(controller: Any) -> bool:
    return type(controller) in _PLAIN


_PLAIN: set[type[NativeController]] = set()
"""Those of corewise's own classes; `registry` fills it in."""


def has_own_threads(controller: Any) -> bool:
    """Whether it is an OpenBLAS with one pool for the process."""
    return isinstance(controller, OpenBLASController) and controller.has_own_threads
