"""A recorder of this very process: ``corewise record --pid`` in a process beside it."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys

import corewise

# Waits until it may look at this process; finds the same corewise as this process, and no module
# of the working directory.
_PROGRAM = """\
import sys
sys.stdin.buffer.read()
sys.path[:] = [path for path in sys.path if path]
import signal
sys.path.insert(0, sys.argv.pop(1))
from corewise.__main__ import main
sys.exit(main())
"""

# The recorder is no part of the session that governs this process; Jupyter wants colours of all.
_NOT_FOR_IT = ("COREWISE_SESSION", "CLICOLOR_FORCE", "FORCE_COLOR")
_YAMA = "/proc/sys/kernel/yama/ptrace_scope"
_PR_SET_PTRACER = 0x59616D61


class CannotRecord(Exception):
    """Why there is no recording, in one clause."""


class Recorder:
    """Records this process from its creation on, until `stop`."""

    def __init__(self, file: pathlib.Path) -> None:
        """Start recording to `file`.

        Raises:
            CannotRecord: It cannot; nothing is left running.
        """
        folder = pathlib.Path(str(corewise.__file__)).parent.parent
        command = [sys.executable, "-c", _PROGRAM, str(folder)]
        command += ["record", "--pid", str(os.getpid()), "--ready", "--quiet", "-o", str(file)]
        environment = {name: value for name, value in os.environ.items() if name not in _NOT_FOR_IT}
        environment["NO_COLOR"] = "1"
        pipe = subprocess.PIPE
        try:
            self._process = subprocess.Popen(
                command,
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                env=environment,
                # An interrupt of the kernel, or Ctrl-C, is not for the recorder.
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            raise CannotRecord(f"its process cannot be started: {error}") from None
        try:
            _let_look(self._process.pid)
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.close()
            self._process.stdin = None
            said = self._process.stdout.readline()
        except BaseException:
            self.kill()
            raise
        if said != b"ready\n":
            raise CannotRecord(self._reason())

    def stop(self) -> None:
        """End the recording: the file is complete when this returns.

        Raises:
            CannotRecord: The recording could not be written to its end.
        """
        try:
            self._process.send_signal(signal.SIGINT)
            reason = self._reason()
        except BaseException:
            self.kill()
            raise
        if self._process.returncode != 0:
            raise CannotRecord(reason)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()
        self._process.communicate()

    def _reason(self) -> str:
        """Why it ended, in its own words."""
        _, talk = self._process.communicate()
        lines = [line for line in talk.decode(errors="replace").splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("error: ")]
        if errors:
            return errors[0].removeprefix("error: ")
        if lines:
            return lines[-1]
        return f"its process ended with status {self._process.returncode}"


def _let_look(pid: int) -> None:
    """Permit the process `pid` to read this one's memory where only parents may (Yama's 1)."""
    try:
        scope = pathlib.Path(_YAMA).read_text().strip()
    except OSError:
        return
    if scope == "1":
        import ctypes

        # The kernel forgets it when that process ends.
        ctypes.CDLL(None).prctl(_PR_SET_PTRACER, ctypes.c_ulong(pid), 0, 0, 0)
