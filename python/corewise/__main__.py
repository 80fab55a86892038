"""The ``corewise`` command, and ``python -m corewise``."""

import signal
import sys

from corewise import _native


def main() -> int:
    """Run the command line of this process and return its exit code.

    Everything is done in Rust. Python's own signal settings are undone first, so that Ctrl-C ends
    corewise at once and a recorded program inherits nothing from this interpreter.
    """
    for name in ("SIGINT", "SIGPIPE", "SIGXFSZ"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    return _native.main(["corewise", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
