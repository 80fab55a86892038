"""Which thread sets what OpenBLAS has one number of for the process."""

from __future__ import annotations

import os
from threading import Lock, Thread, current_thread, get_ident

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Control:
    """The thread that controls OpenBLAS's number, and in how many blocks it is."""

    def __init__(self) -> None:
        """No thread does."""
        self.lock: Any = Lock()
        self.controlling_thread: Thread | None = None
        self.ident: int | None = None
        self.blocks: int = 0

    def is_mine(self) -> bool:
        """Whether the calling thread has control."""
        return self.ident == get_ident()

    def is_others(self) -> bool:
        """Whether another thread has control."""
        return self.ident is not None and self.ident != get_ident()

    def is_taken(self) -> bool:
        """Take control for the calling thread, if it is free; say whether it has it."""
        ident = get_ident()
        if self.ident == ident:
            return True
        holder = self.controlling_thread
        if holder is not None and holder.is_alive():
            return False
        with self.lock:
            if self.controlling_thread is holder:
                self.controlling_thread, self.blocks, self.ident = current_thread(), 0, ident
                return True
        # Another thread was faster.
        return self.is_taken()

    def release(self) -> tuple[Thread | None, int]:
        """Let any thread take control; return who had it, for `restore`."""
        held = self.controlling_thread, self.blocks
        self.ident = self.controlling_thread = None
        return held

    def restore(self, thread: Thread | None, blocks: int) -> None:
        """Have a thread control that is in so many blocks."""
        self.ident = None if thread is None else thread.ident
        self.controlling_thread, self.blocks = thread, blocks

    def increment(self) -> None:
        """Count a block that the calling thread enters, if it has control."""
        if self.ident == get_ident():
            self.blocks += 1

    def decrement(self) -> None:
        """Count a block that the calling thread leaves: after its outermost it controls no more."""
        if self.ident == get_ident():
            self.blocks -= 1
            if self.blocks <= 0:
                self.ident = self.controlling_thread = None

    def after_fork(self) -> None:
        """Have a lock that no thread holds which a forked process does not have."""
        self.lock = Lock()


CONTROL = Control()
os.register_at_fork(after_in_child=CONTROL.after_fork)
