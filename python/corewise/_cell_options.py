"""The options of ``%%cores``."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

_VALUE = re.compile(r"""\s*("[^"]*"|'[^']*'|\S+)""")


class OptionError(ValueError):
    """What is wrong with an option, in one sentence."""


@dataclass(frozen=True)
class Options:
    """What ``%%cores`` is to do besides recording."""

    cores: int | None = None
    """The limit of every pool."""
    compare: bool = False
    """Whether to run with and without the governor."""
    output: str | None = None
    """Where to keep the recording."""


def parse(line: str, expand: Callable[[str], str] = str) -> tuple[Options, str]:
    """Split a line into options and what follows them.

    Args:
        line: The text behind the magic's name.
        expand: Puts the notebook's values into the value of an option.

    Raises:
        OptionError: An option is unknown, or its value is wrong.
    """
    options, rest = Options(), line.strip()
    while rest.startswith("-"):
        name, rest = _name(rest)
        if name == "--compare":
            options = replace(options, compare=True)
            continue
        if name not in ("-n", "-o"):
            raise OptionError(f"%%cores has no option {name!r}")
        found = _VALUE.match(rest)
        if found is None:
            what = "a number of cores" if name == "-n" else "a file"
            raise OptionError(f"{name} needs {what}")
        value = str(expand(found[1].strip("\"'")))
        rest = rest[found.end() :].lstrip()
        if name == "-n":
            options = replace(options, cores=_cores(value))
        else:
            options = replace(options, output=value)
    return options, rest


def _name(text: str) -> tuple[str, str]:
    """The option that `text` begins with, and what is behind it: ``-n4``, ``-n 4``, ``-n=4``."""
    found = re.match(r"(-[no](?=[^-\s=])|[^\s=]+)(=?)", text)
    assert found is not None
    return found[1], text[found.end() :].lstrip()


def _cores(value: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", value) or not 1 <= int(value) <= 65_536:
        raise OptionError(f"-n must be a whole number of cores from 1 to 65536, not {value!r}")
    return int(value)
