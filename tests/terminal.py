"""A pseudo-terminal with a session of its own, as a terminal window gives to a shell."""

import errno
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time


class Terminal:
    """Runs a command as the leader of a new session on a new terminal."""

    def __init__(self, command, rows=24, columns=80, patience=60, **more):
        self.patience = patience
        self.output = b""
        self._searched = 0
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

        def adopt():
            os.setsid()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self.process = subprocess.Popen(
            list(map(str, command)),
            stdin=slave,
            stdout=slave,
            stderr=slave,
            preexec_fn=adopt,
            close_fds=True,
            **more,
        )
        os.close(slave)

    def send(self, data):
        os.write(self.master, data)

    def _read(self, end):
        left = end - time.monotonic()
        if left <= 0 or not select.select([self.master], [], [], left)[0]:
            raise AssertionError(f"nothing more within {self.patience} s after: {self.output!r}")
        try:
            got = os.read(self.master, 65536)
        except OSError as error:
            if error.errno == errno.EIO:
                return b""
            raise
        self.output += got
        return got

    def expect(self, text):
        """Reads until `text` has appeared after what was expected before."""
        end = time.monotonic() + self.patience
        while (at := self.output.find(text, self._searched)) < 0:
            if not self._read(end):
                raise AssertionError(f"ended without {text!r}: {self.output!r}")
        self._searched = at + len(text)

    def wait(self):
        """Reads to the end and returns the exit status."""
        end = time.monotonic() + self.patience
        while self._read(end):
            pass
        return self.process.wait(timeout=self.patience)

    def resize(self, rows, columns):
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def close(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.kill()
            self.process.wait()
        os.close(self.master)
