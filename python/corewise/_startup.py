"""Runs at the start of every interpreter that inherits a session (``corewise_session.pth``).

Nothing of the program runs before it, and nothing that it does may be seen by the program.
"""

import os


def start() -> None:
    """Govern this process by the session that ``COREWISE_SESSION`` names, if that can be."""
    path = os.environ.get("COREWISE_SESSION")
    if not path:
        return
    try:
        from corewise import _native

        _native.join(path)
    except FileNotFoundError:
        # The session is over, and this process has outlived it.
        pass
    except Exception as error:  # whatever it is, the program runs on
        text = f"corewise: process {os.getpid()} is not governed: {error}\n"
        os.write(2, text.encode(errors="replace"))


start()
