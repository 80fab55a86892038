"""Recordings that ``corewise record`` and the notebook's ``%%cores`` made, and their findings."""

from __future__ import annotations

import json
import os
import pathlib
from dataclasses import dataclass
from typing import Any, Literal

from corewise import _html, _native
from corewise._unknown import Unknown, known


@dataclass(frozen=True)
class Fix:
    """What to do about a finding."""

    text: str
    """In words."""
    command: str | None
    """What to type, where there is something to type."""


@dataclass(frozen=True)
class Finding:
    """A coded conclusion about a recording. ``corewise explain CODE`` says when it is wrong."""

    code: str
    """``CW101`` ..."""
    severity: Literal["note", "warning", "severe"]
    """How much it matters."""
    title: str
    """What was found, in one sentence."""
    lost: float | Unknown
    """What it cost, in core-seconds."""
    lost_how: str
    """How the cost was computed."""
    evidence: tuple[str, ...]
    """What was seen, one sentence each."""
    fixes: tuple[Fix, ...]
    """What to do, the best first."""

    def _repr_html_(self) -> str:
        words = _html.words
        lines = [f"<div><b>{words(self.code)}</b> {self.severity}: {words(self.title)}</div>"]
        if isinstance(self.lost, Unknown):
            lines.append(_html.faint(f"cost: unknown: {words(self.lost.reason)}"))
        elif self.lost >= 0.005:
            lines.append(_html.faint(f"cost: {self.lost:.2f} core-seconds"))
        fixes = [f"fix: {_fix(fix)}" for fix in self.fixes]
        lines.extend(f"<div>{fix}</div>" for fix in fixes[:1])
        seen = [f"seen: {words(text)}" for text in self.evidence]
        lines.append(_html.folded("more", [*seen, *fixes[1:]]))
        return f'<div style="margin:6px 0;line-height:1.5">{"".join(lines)}</div>'


def _fix(fix: Fix) -> str:
    command = "" if fix.command is None else f" <code>{_html.words(fix.command)}</code>"
    return _html.words(fix.text) + command


class Findings(tuple[Finding, ...]):
    """The findings of a recording, the worst first."""

    __slots__ = ()

    def _repr_html_(self) -> str:
        if not self:
            return "<div>No findings.</div>"
        return "".join(finding._repr_html_() for finding in self)


class Recording:
    """What a program's threads did over time, read from the file of ``corewise record -o FILE``.

    A notebook shows it with its timeline and findings. The file is read once: it may change, or go
    away.
    """

    path: pathlib.Path
    """The file that it was read from."""
    command: tuple[str, ...]
    """The program and its arguments."""
    duration: int
    """Its length, in ns."""
    complete: bool
    """Whether it was closed in order; else it ends where its recorder was stopped."""
    allowed: float
    """The cores that the program was allowed."""
    used: float
    """The cores that it used, on average."""
    cpu_time: int
    """CPU time of all its threads, in ns."""
    waited: int
    """Time in which its threads were runnable without a core (run-queue delay), summed, in ns."""
    findings: Findings
    """What corewise concludes, the worst first."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Read a recording; the same as `Recording.open`."""
        self.path = pathlib.Path(path)
        self._reading = _native.Reading(self.path)
        raw = self.to_dict()
        recording, summary = raw["recording"], raw["summary"]
        self.command = tuple(recording["command"])
        self.duration = recording["duration_ns"]
        self.complete = recording["complete"]
        self.allowed = summary["allowed_cores"]
        self.used = summary["cores_used"]
        self.cpu_time = summary["cpu_ns"]
        self.waited = summary["wait_ns"]
        self.findings = Findings(map(_finding, raw["findings"]))

    @classmethod
    def open(cls, path: str | os.PathLike[str]) -> Recording:
        """Read a recording.

        Args:
            path: The file that ``corewise record -o``, ``corewise run -o`` or ``%%cores -o`` wrote.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: The file is no recording, is damaged, or was written by a newer corewise.
            OSError: The file cannot be read.
        """
        return cls(path)

    def to_dict(self) -> dict[str, Any]:
        """Return everything that ``corewise report --json`` tells, times in ns."""
        document: dict[str, Any] = json.loads(self._reading.json())
        return document

    def summary(self, *, all: bool = False) -> str:
        """Return the text of ``corewise report``.

        Args:
            all: Every finding, process and pool, instead of the most important.
        """
        return self._reading.text(all)

    def report(self, path: str | os.PathLike[str]) -> None:
        """Write the report as one HTML page that needs nothing else.

        Args:
            path: The page's file. What is there is replaced, once the page is complete.

        Raises:
            ValueError: ``path`` is the recording itself.
            OSError: The file cannot be written.
        """
        self._reading.write_html(pathlib.Path(path))

    def __repr__(self) -> str:
        """In short."""
        count = len(self.findings)
        return (
            f"<corewise.Recording {str(self.path)!r}: {_html.duration(self.duration)}, "
            f"{self.used:.2f} of {self.allowed:g} cores, "
            f"{count} {'finding' if count == 1 else 'findings'}>"
        )

    def _repr_html_(self) -> str:
        return self._fragment() + self.findings._repr_html_()

    def _fragment(self, wall: int | None = None, limit: int | None = None) -> str:
        """Figures and timeline; `wall` (ns) and `limit` (cores) where they are known better."""
        return self._reading.fragment(wall, limit)


def _finding(raw: dict[str, Any]) -> Finding:
    return Finding(
        code=raw["code"],
        severity=raw["severity"],
        title=raw["title"],
        lost=known(raw["lost_core_seconds"], float),
        lost_how=raw["lost_how"],
        evidence=tuple(evidence["text"] for evidence in raw["evidence"]),
        fixes=tuple(Fix(text=fix["text"], command=fix["command"]) for fix in raw["fixes"]),
    )
