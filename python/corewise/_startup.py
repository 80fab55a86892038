"""Runs at the start of every interpreter that inherits a session or raised defaults
(``corewise_session.pth``).

Nothing of the program runs before it, and nothing that it does may be seen by the program.
"""

import os


def start() -> None:
    """Do what the environment asks for: join a session, raise defaults."""
    path = os.environ.get("COREWISE_SESSION")
    if path:
        try:
            from corewise import _native

            _native.join(path)
        except FileNotFoundError:
            # The session is over, and this process has outlived it.
            pass
        except Exception as error:  # whatever it is, the program runs on
            _say(f"process {os.getpid()} is not governed: {error}")
    cores = os.environ.get("COREWISE_DEFAULTS")
    if cores:
        try:
            from corewise import _defaults

            _defaults.inherit(cores)
        except Exception as error:
            _say(f"defaults are not raised in process {os.getpid()}: {error}")


def _say(text: str) -> None:
    os.write(2, f"corewise: {text}\n".encode(errors="replace"))


start()
