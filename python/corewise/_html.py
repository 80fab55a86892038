"""HTML of values that a notebook shows: words, tables, findings. No scripts, no style sheets."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

FAINT = "opacity:.75"


def words(value: object) -> str:
    """Text as markup; characters that would act on a reader (control, direction) spelled out."""
    text = "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode() for c in str(value)
    )
    return html.escape(text)


def faint(markup: str) -> str:
    """A line that says less than those around it."""
    return f'<div style="{FAINT}">{markup}</div>'


def folded(title: str, markup: Iterable[str]) -> str:
    """Lines that open at a click; nothing where there are none."""
    lines = "".join(f"<div>{line}</div>" for line in markup)
    if not lines:
        return ""
    return f'<details style="{FAINT}"><summary>{words(title)}</summary>{lines}</details>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; `rows` are markup already."""

    def row(cells: Iterable[str], tag: str) -> str:
        style = "text-align:left;vertical-align:top;padding:2px 10px 2px 0"
        return "<tr>" + "".join(f'<{tag} style="{style}">{c}</{tag}>' for c in cells) + "</tr>"

    body = "".join(row(cells, "td") for cells in rows)
    names = row(map(words, head), "th")
    return f'<table style="border:0"><thead>{names}</thead><tbody>{body}</tbody></table>'


def duration(ns: int) -> str:
    """A length of time with about three figures: ``12.3 s``."""
    seconds = ns / 1e9
    if seconds < 0.9995:
        return f"{max(seconds * 1e3, 0.1):.3g} ms"
    return f"{seconds:.2f} s" if seconds < 9.995 else f"{seconds:.1f} s"
