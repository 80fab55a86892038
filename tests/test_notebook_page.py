"""What `%%cores` shows, in a real browser, on a light ground and a dark one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

import chromium
import notebook

pytestmark = pytest.mark.skipif(chromium.find() is None, reason="Chromium is not installed")

# Eight threads of OpenBLAS for each core, and a governed run beside it.
CROWD = """\
import corewise, numpy, threadpoolctl
_ = threadpoolctl.threadpool_limits(8 * corewise.cpu_count(), user_api="blas")
"""
CELL = """\
%%cores --compare
import time
import numpy as np
a = np.ones((1000, 1000))
end = time.monotonic() + 2
while time.monotonic() < end:
    b = a @ a
"""

GROUNDS = {"light": ("#ffffff", "#1f1f1f"), "dark": ("#111111", "#e0e0e0")}

FIGURES = """[...document.querySelectorAll("svg")].map((svg) => {
    const box = svg.getBoundingClientRect();
    const curves = [...svg.querySelectorAll("path[fill^='#']")].map((path) => {
        const { width, height } = path.getBBox();
        return { width, height, fill: getComputedStyle(path).fill };
    });
    const words = [...svg.querySelectorAll("text")].map((text) => text.textContent);
    return { width: box.width, height: box.height, curves, words };
})"""


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    folder = tmp_path_factory.mktemp("notebook")
    rest = ["corewise.pools()", "corewise.cpus()"]
    cells = notebook.run(folder, "%load_ext corewise", CROWD, CELL, *rest)
    assert not any(cell.failed for cell in cells)
    return cells[2:]


@pytest.fixture
def page() -> Iterator[chromium.Page]:
    with chromium.Page(width=900) as page:
        yield page


def shown(page, folder, markup, theme):
    """Opens a page with this HTML in it, which must ask for nothing and complain of nothing."""
    ground, ink = GROUNDS[theme]
    path = folder / f"{theme}.html"
    style = f"background:{ground};color:{ink};font-family:sans-serif"
    head = '<!doctype html><html data-ready="1"><meta charset="utf-8"><title>cell</title>'
    path.write_text(f'{head}<body style="{style}">{markup}</body></html>')
    page.open(path)
    assert [url for url in page.requests if not url.startswith((path.as_uri(), "about:"))] == []
    assert page.logs == []


def luminance(color: str) -> float:
    digits = re.fullmatch(r"#([0-9a-f]{6})", color)
    numbers = (
        [int(digits[1][at : at + 2], 16) for at in (0, 2, 4)]
        if digits
        else [int(number) for number in re.findall(r"\d+", color)[:3]]
    )
    parts = [number / 255 for number in numbers]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", GROUNDS)
def test_the_timeline_is_drawn_and_stands_out(page, cells, tmp_path, theme):
    shown(page, tmp_path, cells[0].report, theme)
    without, governed = page.run(FIGURES)
    for figure in (without, governed):
        assert figure["width"] == 640
        assert figure["height"] > 40
        assert figure["curves"][0]["width"] == pytest.approx(536, abs=1)
        assert figure["curves"][0]["height"] > 5
        for curve in figure["curves"]:
            assert contrast(curve["fill"], GROUNDS[theme][0]) >= 3, curve
        assert {"running", "0 s"} <= set(figure["words"])
    assert "waiting" in without["words"]
    assert "held" in governed["words"]
    # Words have the page's colour.
    ink = page.run("getComputedStyle(document.querySelector('svg text')).fill")
    assert luminance(ink) == pytest.approx(luminance(GROUNDS[theme][1]))


def test_the_words_are_there_and_nothing_else_is(page, cells, tmp_path):
    shown(page, tmp_path, cells[0].report, "light")
    words = page.run("document.body.innerText")
    assert "times as fast" in words
    assert re.search(r"CW\d+ (note|warning|severe): ", words), words
    assert "corewise.govern()" in words
    # Nobody types the command line of a kernel.
    assert "ipykernel" not in words
    assert "undefined" not in words
    assert "NaN" not in words
    kinds = "script, style, link, img, iframe, object, form"
    assert page.run(f"document.body.querySelectorAll('{kinds}').length") == 0
    acting = """[...document.body.querySelectorAll("*")].flatMap((e) => e.getAttributeNames())
        .filter((name) => name.startsWith("on") || name === "href" || name === "id")"""
    assert page.run(acting) == []


def test_a_narrow_page_has_it_whole(page, cells, tmp_path):
    page.size(400, 800)
    shown(page, tmp_path, cells[0].report, "light")
    assert page.run("document.documentElement.scrollWidth") <= 400
    assert 250 < page.run(FIGURES)[0]["width"] < 400


def test_tables_of_pools_and_cores(page, cells, tmp_path):
    markup = [
        out["data"]["text/html"]
        for cell in cells[1:]
        for out in cell.outputs
        if out["output_type"] == "execute_result"
    ]
    assert len(markup) == 2
    shown(page, tmp_path, "".join(markup), "dark")
    words = page.run("document.body.innerText")
    assert "blas (numpy)" in words
    assert "each region" in words
    assert "allowed" in words
    assert page.run("document.querySelectorAll('table').length") == 2
