"""The ``corewise`` command, and ``python -m corewise``."""

import signal
import sys

from corewise import _native


def main() -> int:
    """Run the command line of this process and return its exit code.

    Everything is done in Rust. Python's own signal settings are undone first, so that Ctrl-C ends
    corewise at once and a recorded program inherits nothing from this interpreter. An ignored
    SIGINT (as of a shell's background job) is not Python's and stays.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    for name in ("SIGPIPE", "SIGXFSZ"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    return _native.main(["corewise", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
