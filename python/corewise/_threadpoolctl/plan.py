"""How a set of libraries is read and set at once: found out once, used at each limit."""

from __future__ import annotations

from corewise import _native
from corewise._threadpoolctl import own
from corewise._threadpoolctl.controllers import NativeController, OpenBLASController
from corewise._threadpoolctl.controlling import CONTROL

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Libraries = tuple[_native.Library, ...]


class Plan:
    """Some controllers, and the libraries behind them."""

    def __init__(self, controllers: list[Any]) -> None:
        """Look at the controllers."""
        self.controllers = list(controllers)
        self.is_plain = all(type(one) in _PLAIN for one in controllers)
        """Whether all are of corewise's own classes: the libraries are set without them."""
        self._libraries: Libraries = ()
        self._of_api: dict[str | None, tuple[Libraries, Libraries]] = {}
        if self.is_plain:
            self._libraries = tuple(one._library for one in controllers)
            # One of which nothing tells the number has none to be put back.
            self.is_plain = None not in _native.numbers(self._libraries)
        self._alone = [place for place, one in enumerate(controllers) if not has_own_threads(one)]
        """Those that every thread may set."""
        self._is_pooled = len(self._alone) < len(controllers)
        """Whether there is an OpenBLAS with one pool for the process."""

    def numbers(self) -> list[Any]:
        """Return the number of each library."""
        if self.is_plain:
            return _native.numbers(self._libraries)
        return [one.num_threads for one in self.controllers]

    def set_api(self, user_api: str | None, number: int) -> bool:
        """Set the number of all libraries of an API, if they are plain.

        Returns:
            Whether another thread controls OpenBLAS.
        """
        every, alone = self._of_api.get(user_api) or self._find(user_api)
        if len(alone) == len(every):
            _native.set_number(every, number)
            return self._is_pooled and CONTROL.is_others()
        if CONTROL.is_taken():
            _native.set_number(every, number)
            if own.used:
                own.follow(number)
            return False
        _native.set_number(alone, number)
        if _native.governed()[0]:
            own.limit(number)
        return True

    def _find(self, user_api: str | None) -> tuple[Libraries, Libraries]:
        places = [
            place
            for place, one in enumerate(self.controllers)
            if user_api is None or one.user_api == user_api
        ]
        found = (
            tuple(self._libraries[place] for place in places),
            tuple(self._libraries[place] for place in places if place in self._alone),
        )
        self._of_api[user_api] = found
        return found

    def set_each(self, numbers: list[int], ignored: bool) -> None:
        """Set the number of each library, if they are plain and this process is not governed.

        Args:
            numbers: One for each.
            ignored: Not of those with one pool for the process.
        """
        if not self._is_pooled or (not ignored and CONTROL.is_taken()):
            _native.set_numbers(self._libraries, numbers)
        else:
            for place in self._alone:
                self._libraries[place].set_num_threads(numbers[place])


_PLAIN: set[type[NativeController]] = set()
"""Those of corewise's own classes; `registry` fills it in."""


def has_own_threads(controller: Any) -> bool:
    """Whether it is an OpenBLAS with one pool for the process."""
    return isinstance(controller, OpenBLASController) and controller.has_own_threads
