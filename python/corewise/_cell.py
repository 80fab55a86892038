"""Running a notebook's cell under the recorder, and what is shown of it."""

from __future__ import annotations

import os
import pathlib
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from corewise import _html
from corewise._budget import budget
from corewise._cell_options import Options
from corewise._recorder import CannotRecord, Recorder
from corewise._recording import Recording

_SESSION = "COREWISE_SESSION"


@dataclass(frozen=True)
class Run:
    """One run of a cell."""

    result: Any
    """What the shell says of it."""
    wall: int
    """How long it took, in ns."""
    recording: Recording | None
    """What was recorded."""
    trouble: str | None
    """Why nothing was."""
    limit: int | None
    """The limit of every pool, in cores."""
    governed: str = ""
    """In a comparison: whether the governor was at work, in words."""

    @property
    def error(self) -> BaseException | None:
        """What the cell raised, or why it is no code."""
        error: BaseException | None = self.result.error_in_exec or self.result.error_before_exec
        return error

    @property
    def ran(self) -> bool:
        """Whether it was code."""
        return self.result.error_before_exec is None

    def markup(self) -> str:
        """For a notebook."""
        style = "margin-top:10px;font-weight:bold"
        lines = []
        if self.governed:
            lines.append(f'<div style="{style}">{_html.words(self.governed)}</div>')
        if self.recording is None:
            lines.append(f"<div>{_html.duration(self.wall)}; {_html.words(self.trouble)}</div>")
        else:
            if self.limit is not None:
                lines.append(_html.faint(f"Pools limited to {_cores(self.limit)}"))
            lines.append(self.recording._fragment(self.wall, self.limit))
            lines.append(self.recording.findings._repr_html_())
        return "".join(lines)

    def text(self) -> str:
        """For a terminal."""
        lines = [self.governed] if self.governed else []
        if self.recording is None:
            lines.append(f"{_html.duration(self.wall)}; {self.trouble}")
        else:
            lines += [f"{_html.duration(self.wall)} for the cell", self.recording.summary()]
        return "\n".join(lines)


def run(code: Callable[[], Any], options: Options, governed: str = "") -> Run:
    """Run the code once, recorded where that is possible."""
    limited = nullcontext() if options.cores is None else budget(options.cores)
    with tempfile.TemporaryDirectory(prefix="corewise-") as folder:
        # Absolute: the code may change the working directory.
        kept = options.output and os.path.abspath(os.path.expanduser(options.output))
        path = pathlib.Path(kept or os.path.join(folder, "cell.corewise"))
        recorder: Recorder | None = None
        recording: Recording | None = None
        trouble: str | None = None
        try:
            recorder = Recorder(path)
        except CannotRecord as error:
            trouble = f"it was not recorded: {error}"
        try:
            with limited:
                began = time.perf_counter_ns()
                result = code()
                wall = time.perf_counter_ns() - began
        except BaseException:
            if recorder is not None:
                recorder.kill()
            raise
        if recorder is not None:
            try:
                recorder.stop()
                recording = Recording.open(path)
            except (CannotRecord, OSError, ValueError) as error:
                trouble = f"its recording is lost: {error}"
    return Run(result, wall, recording, trouble, options.cores, governed)


def compare(code: Callable[[], Any], options: Options) -> list[Run]:
    """Run the code without the governor, then with it; the second only if the first succeeds.

    Whether this process is governed afterwards is as it was before.
    """
    with _ungoverned() as come_back:
        runs = [run(code, options, "Without the governor")]
        if runs[0].error is None:
            come_back()
            runs.append(run(code, options, f"With the governor, a budget of {_cores(_budget())}"))
    return runs


def bundle(runs: list[Run]) -> dict[str, str]:
    """What is shown of the runs, by MIME type."""
    head = _ratio(runs)
    lines = [f"<div>{_html.words(head)}</div>"] if head else []
    markup = "".join(lines + [run.markup() for run in runs])
    style = "border-left:3px solid #8888;padding-left:10px;margin:4px 0;font-size:13px"
    return {
        "text/html": f'<div class="corewise" style="{style}">{markup}</div>',
        "text/plain": "\n\n".join(([head] if head else []) + [run.text() for run in runs]),
    }


def _ratio(runs: list[Run]) -> str:
    if not runs[0].governed:
        return ""
    if len(runs) < 2:
        return "The cell failed without the governor, so it was not run with it."
    without, governed = runs[0].wall, runs[1].wall
    ratio = without / max(governed, 1)
    return (
        f"{_html.duration(without)} without the governor, {_html.duration(governed)} with it: "
        f"{ratio:.2f} times as fast. The cell ran twice; its variables are those of the second run."
    )


def _cores(number: int) -> str:
    return "1 core" if number == 1 else f"{number} cores"


def _budget() -> int:
    from corewise._govern import governed

    return governed().budget


@contextmanager
def _ungoverned() -> Iterator[Callable[[], None]]:
    """Take the governor out of this process; gives what brings it in. At the end it is as before.

    A session that this process is in goes on meanwhile, with its budget, for other processes.
    """
    from corewise._govern import govern, governed, leave, rejoin, ungovern

    before = governed()
    session = os.environ.get(_SESSION)

    def come_back() -> None:
        if before.active and session is not None:
            rejoin(session)
        else:
            govern(before.budget if before.active else None)

    if before.active:
        leave()
    try:
        yield come_back
    finally:
        if not before.active:
            ungovern()
        elif not governed().active:
            come_back()
