"""Why rows miss their goals, as far as somebody has found out: kept by hand in `causes.toml`."""

import fnmatch
import pathlib

try:
    import tomllib
except ImportError:  # before Python 3.11: misses are shown without causes
    tomllib = None

PATH = pathlib.Path(__file__).resolve().parent / "causes.toml"


class Causes:
    def __init__(self, path=PATH):
        self._known = {}
        if path.exists() and tomllib:
            self._known = tomllib.loads(path.read_text()).get("causes", {})

    def of(self, name):
        """The first entry whose pattern fits the row's name."""
        for pattern, cause in self._known.items():
            if fnmatch.fnmatch(name, pattern):
                return cause
        return "not known yet"
