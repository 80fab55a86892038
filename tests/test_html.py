"""The HTML report in a real browser: it loads alone, draws, moves, and cannot be attacked.

The pages come from `html_scenario`, an example of corewise-present, so that a test knows what its
recording holds; one page comes from a program recorded by the command under test.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import chromium

ROOT = Path(__file__).resolve().parent.parent

pytestmark = [
    pytest.mark.skipif(chromium.find() is None, reason="Chromium is not installed"),
    # The first test builds the example.
    pytest.mark.timeout(900),
]

ALL_PIXELS = """((selector) => {
    const canvas = document.querySelector(selector);
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const colors = new Set();
    let sum = 0;
    for (let i = 0; i < data.length; i += 4) {
        const color = (data[i] << 16) | (data[i + 1] << 8) | data[i + 2];
        colors.add(color);
        sum = (sum * 31 + color) % 2147483647;
    }
    return [colors.size, sum];
})"""


@pytest.fixture(scope="session")
def example() -> str:
    """The path of `html_scenario`, built."""
    command = ["cargo", "build", "--quiet", "--release", "-p", "corewise-present"]
    command += ["--example", "html_scenario", "--message-format", "json-render-diagnostics"]
    built = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
    messages = [json.loads(line) for line in built.stdout.splitlines()]
    return next(m["executable"] for m in messages if m.get("executable"))


@pytest.fixture(scope="session")
def scenario(example: str, tmp_path_factory: pytest.TempPathFactory):
    """A function: the path of the report of one of the example's recordings."""
    folder = tmp_path_factory.mktemp("html")

    def make(kind: str) -> Path:
        out = folder / f"{kind}.html"
        if not out.exists():
            subprocess.run([example, kind, out], check=True)
        return out

    return make


@pytest.fixture
def page() -> Iterator[chromium.Page]:
    """A tab of its own."""
    with chromium.Page() as page:
        yield page


def view(page: chromium.Page) -> dict:
    return page.run("window.corewise.view()")


def pixels(page: chromium.Page, selector: str) -> tuple[int, int]:
    """How many colours a canvas has, and a sum over all its pixels."""
    colors, total = page.run(f"{ALL_PIXELS}({selector!r})")
    return colors, total


def is_whole(page: chromium.Page, path: Path) -> None:
    """It asked for nothing but itself and has nothing to complain about."""
    outside = [
        url for url in page.requests if not url.startswith((path.as_uri(), "about:", "data:"))
    ]
    assert outside == []
    assert page.logs == []
    assert page.run("document.querySelector('[role=alert]')?.textContent ?? ''") == ""


def test_it_loads_alone_and_draws(page, scenario):
    path = scenario("workers")
    page.open(path)
    is_whole(page, path)
    for canvas in (
        ".overview canvas",
        ".chart canvas",
        ".use canvas",
        ".marks canvas",
        ".lanes canvas",
    ):
        assert pixels(page, canvas)[0] >= 3, canvas
    words = page.run("document.body.innerText")
    for expected in (
        "python search.py",
        "4 loky workers",
        "CW101",
        "OMP_NUM_THREADS=16",
        "permute",
    ):
        assert expected in words
    assert "undefined" not in words
    assert "NaN" not in words


def test_a_finding_moves_the_timeline_and_marks_its_threads(page, scenario):
    page.open(scenario("workers"))
    before = (view(page), pixels(page, ".chart canvas"))
    page.click("#finding-0 .finding-head")
    after = view(page)
    assert after["finding"] == "CW101"
    assert after["start"] <= 9 <= 33 <= after["end"]
    assert after["end"] - after["start"] < before[0]["end"] - before[0]["start"]
    assert pixels(page, ".chart canvas") != before[1]
    assert page.run("document.querySelectorAll('.lane-label.evidence').length") > 0
    page.click("#finding-0 .stepper button:last-of-type")
    step = view(page)
    assert step["start"] < 9 < step["end"] < 14
    page.click("#finding-0 .finding-head")
    assert view(page)["finding"] is None


def test_a_governed_run_has_a_track_of_held_cores(page, scenario):
    path = scenario("governed")
    page.open(path)
    is_whole(page, path)
    whole = pixels(page, ".held canvas")
    assert whole[0] >= 4
    words = page.run("document.body.innerText")
    assert "governed by corewise" in words
    assert "Governed with a budget of 2 to 4 cores; 2,335 parallel regions in 5 processes" in words
    page.run("window.corewise.show(9, 13)")
    page.settle()
    assert pixels(page, ".held canvas") != whole
    page.run("document.querySelector('.stage').focus()")
    page.key("ArrowLeft", shift=True)
    details = page.run("document.querySelector('.details').innerText")
    assert "Cores held" in details
    assert "of a budget of 4, by 4 callers" in details
    page.open(scenario("workers"))
    assert page.run("document.querySelector('.held')") is None


def test_keys_move_zoom_and_point(page, scenario):
    page.open(scenario("workers"))
    page.run("document.querySelector('.stage').focus()")
    page.key("+")
    zoomed = view(page)
    assert zoomed["end"] - zoomed["start"] == pytest.approx(42 / 1.5)
    page.key("ArrowRight")
    assert view(page)["start"] > zoomed["start"]
    page.key("Home")
    assert view(page)["start"] == 0
    page.key("End")
    assert view(page)["end"] == pytest.approx(42)
    page.key("ArrowLeft", shift=True)
    at = view(page)["cursor"]
    assert zoomed["start"] < at < 42
    assert "At " in page.run("document.querySelector('.details').innerText")
    page.key("0")
    assert view(page)["end"] - view(page)["start"] == pytest.approx(42)
    page.run("document.querySelector('.lane-labels').focus()")
    page.key("ArrowDown")
    words = page.run("document.querySelector('.details-thread').innerText")
    assert "main thread 1000" in words
    assert "_retrieve" in words
    page.run("document.querySelector('.stage').focus()")
    page.key("Escape")
    assert view(page)["cursor"] is None


def test_everything_is_reached_by_the_tab_key_and_named(page, scenario):
    page.open(scenario("workers"))
    nameless = page.run("""
        [...document.querySelectorAll("button, input, [tabindex='0'], canvas[role]")]
        .filter((e) => !(e.textContent.trim() || e.getAttribute("aria-label")))
        .map((e) => e.outerHTML.slice(0, 80))""")
    assert nameless == []
    page.run("document.activeElement.blur()")
    seen = []
    for _ in range(200):
        page.tab()
        name = page.run("document.activeElement.className || document.activeElement.tagName")
        if name == "BODY":
            break
        seen.append(name)
        ring = page.run("getComputedStyle(document.activeElement).outlineStyle")
        assert ring != "none", name
    for expected in ("skip", "finding-head", "stage", "lane-labels", "details"):
        assert expected in seen, seen
    assert seen.index("finding-head") < seen.index("stage") < seen.index("lane-labels")


def test_wheel_and_drag(page, scenario):
    page.open(scenario("workers"))
    page.run(
        "document.querySelector('.chart').scrollIntoView({block: 'center', behavior: 'instant'})"
    )
    left, top, width = page.run(
        "(() => { const b = document.querySelector('.chart canvas').getBoundingClientRect();"
        " return [b.left, b.top + 40, b.width]; })()"
    )
    page.mouse("mouseWheel", left + width / 4, top, deltaX=0, deltaY=-120, modifiers=2)
    page.settle()
    zoomed = view(page)
    assert zoomed["end"] - zoomed["start"] < 41
    page.mouse("mousePressed", left + width * 0.75, top, button="left", clickCount=1)
    for part in (0.7, 0.6, 0.5):
        page.mouse("mouseMoved", left + width * part, top, button="left", buttons=1)
    page.mouse("mouseReleased", left + width / 2, top, button="left", clickCount=1)
    page.settle()
    assert view(page)["start"] > zoomed["start"]


def test_light_and_dark(page, scenario):
    page.open(scenario("workers"))
    ground = "getComputedStyle(document.body).backgroundColor"
    light = (page.run(ground), pixels(page, ".chart canvas"))
    page.dark()
    assert page.run("document.documentElement.dataset.theme") == "dark"
    assert (page.run(ground), pixels(page, ".chart canvas")) != light
    page.click(".theme")
    assert page.run("document.documentElement.dataset.theme") == "light"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_stand_out_from_their_ground(page, scenario, theme):
    """WCAG AA: a contrast of at least 4.5 for words, 3 for the layers and signs of the timeline."""
    page.open(scenario("workers"))
    page.dark(theme == "dark")
    value = "getComputedStyle(document.documentElement).getPropertyValue('--{}').trim()"

    def luminance(name: str) -> float:
        color = page.run(value.format(name))
        assert re.fullmatch("#[0-9a-f]{6}", color), (name, color)
        parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    def contrast(one: str, other: str) -> float:
        low, high = sorted([luminance(one), luminance(other)])
        return (high + 0.05) / (low + 0.05)

    for words in ("ink", "soft", "accent", "severe"):
        for ground in ("ground", "page"):
            assert contrast(words, ground) >= 4.5, (words, ground)
    for sign in ("warning", "note", "python", "allowed"):
        assert contrast(sign, "ground") >= 3, sign


def test_names_of_the_program_stay_words(page, scenario):
    path = scenario("hostile")
    source = path.read_text()
    assert source.count("<script") == 3
    assert source.count("</script>") == 3
    page.open(path)
    is_whole(page, path)
    assert page.run("typeof window.attacked") == "undefined"
    assert page.run("document.querySelectorAll('img, iframe, object, embed, form').length") == 0
    assert page.run("document.scripts.length") == 1
    shown = page.run("document.body.textContent")
    assert "<img src=x" in shown
    acting = "[\\x00-\\x08\\x0b-\\x1f\\x7f\\u202a-\\u202e\\u2066-\\u2069\\u2028]"
    assert re.findall(acting, shown) == []
    assert page.run("document.documentElement.scrollWidth <= innerWidth")


def test_nothing_recorded_is_said(page, scenario):
    path = scenario("empty")
    page.open(path)
    is_whole(page, path)
    words = page.run("document.body.innerText")
    assert "did not end in order" in words
    assert "The recording is empty" in words
    assert "NaN" not in words


@pytest.mark.parametrize(("width", "height"), [(900, 700), (2560, 1300)])
def test_narrow_and_wide_windows(page, scenario, width, height):
    page.size(width, height)
    page.open(scenario("workers"))
    assert page.run("document.documentElement.scrollWidth") <= width
    assert page.run("document.querySelector('.chart canvas').clientWidth") > width * 0.4


@pytest.mark.parametrize(("kind", "length", "most_mb"), [("hour", 3600, 13), ("crowd", 20, 13)])
def test_an_hour_and_ten_thousand_threads_stay_smooth(page, scenario, kind, length, most_mb):
    path = scenario(kind)
    assert path.stat().st_size < most_mb * 1e6
    page.open(path)
    is_whole(page, path)
    assert view(page)["end"] == pytest.approx(length)
    page.run("document.querySelector('.lanes').scrollTop = 200")
    count = page.run("window.corewise.frames().length")
    page.run(
        """new Promise((done) => {
            const length = window.corewise.view().end;
            let k = 0;
            const step = () => {
                const span = length * 0.93 ** (k % 100);
                const start = (length - span) * (0.5 + 0.4 * Math.sin(k / 9));
                window.corewise.show(start, start + span);
                k += 1;
                if (k < 200) requestAnimationFrame(step); else done();
            };
            step();
        })"""
    )
    frames = sorted(page.run("window.corewise.frames()")[count:])
    assert len(frames) > 100
    middle, worst = frames[len(frames) // 2], frames[int(len(frames) * 0.95)]
    print(f"{kind}: frame {middle:.1f} ms in the middle, {worst:.1f} ms at 95 %", file=sys.stderr)
    assert page.run("document.querySelectorAll('.lane-label').length") < 200


def test_a_recorded_program(page, record, corewise, tmp_path):
    recorded = record([sys.executable, str(ROOT / "tests/programs/numpy_matmul.py")])
    out = tmp_path / "report.html"
    subprocess.run([corewise, "report", recorded.path, "--html", out], check=True)
    page.open(out)
    is_whole(page, out)
    assert pixels(page, ".chart canvas")[0] >= 3
    assert "numpy_matmul.py" in page.run("document.querySelector('h1').innerText")
