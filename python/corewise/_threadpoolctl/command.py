"""``python -m corewise.threadpoolctl``."""

import argparse
import importlib
import json
import sys


def main() -> None:
    """Print the facts about the libraries that some imports or statements load."""
    parser = argparse.ArgumentParser(
        prog="python -m corewise.threadpoolctl",
        description="Print the thread pools that modules or statements load, as JSON.",
    )
    parser.add_argument(
        "-i", "--import", dest="modules", metavar="MODULE", nargs="*", default=(), help="import"
    )
    parser.add_argument("-c", "--command", metavar="CODE", help="execute these statements")
    options = parser.parse_args()
    for name in options.modules:
        try:
            importlib.import_module(name)
        except ImportError:
            print("WARNING: could not import", name, file=sys.stderr)
    if options.command:
        exec(options.command, {"__name__": "__main__"})
    from corewise.threadpoolctl import threadpool_info

    print(json.dumps(threadpool_info(debugging_info=True), indent=2))
