"""A notebook whose cells run in a kernel of their own, and what they put out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from execution import PATIENCE, clean_environment

Output = dict[str, Any]


class Cell:
    """The outputs of one cell, in the order in which a reader sees them."""

    def __init__(self, node: Any, failed: bool) -> None:
        self.outputs: list[Output] = list(node.outputs)
        #: Whether the kernel said that it failed: a notebook that is run as a whole ends here.
        self.failed = failed

    def stream(self, name: str) -> str:
        """What it printed."""
        kind = [out for out in self.outputs if out["output_type"] == "stream"]
        return "".join(out["text"] for out in kind if out["name"] == name)

    @property
    def results(self) -> list[str]:
        """What its last expression gave, as text."""
        kind = [out for out in self.outputs if out["output_type"] == "execute_result"]
        return [out["data"]["text/plain"] for out in kind]

    @property
    def errors(self) -> list[Output]:
        """The errors that it shows."""
        return [out for out in self.outputs if out["output_type"] == "error"]

    @property
    def reports(self) -> list[Output]:
        """What `%%cores` shows, by MIME type."""
        shown = [out["data"] for out in self.outputs if out["output_type"] == "display_data"]
        return [data for data in shown if 'class="corewise"' in data.get("text/html", "")]

    @property
    def report(self) -> str:
        """The one report's HTML."""
        (report,) = self.reports
        return report["text/html"]


def run(folder: Path, *sources: str) -> list[Cell]:
    """Runs cells, each after the other whatever happens, in a new kernel in `folder`."""
    notebook = nbformat.v4.new_notebook()
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in sources]
    settings = clean_environment(
        IPYTHONDIR=folder / "ipython", JUPYTER_RUNTIME_DIR=folder / "runtime"
    )
    client = NotebookClient(
        notebook,
        timeout=PATIENCE,
        kernel_name="python3",
        resources={"metadata": {"path": os.fspath(folder)}},
    )
    cells = []
    with client.setup_kernel(env=settings):
        for at, cell in enumerate(notebook.cells):
            try:
                client.execute_cell(cell, at)
                failed = False
            except CellExecutionError:
                failed = True
            cells.append(Cell(cell, failed))
    return cells
