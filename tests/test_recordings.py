"""`corewise.Recording`, `Finding`, and what notebooks show of them and of pools and cores."""

from __future__ import annotations

import json
import subprocess
import sys
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

import corewise
from conftest import find_corewise
from corewise import _html
from corewise._cell_options import OptionError, Options, parse
from execution import execute

CROWD = """
import threading, time
def spin():
    end = time.monotonic() + 1
    while time.monotonic() < end:
        sum(range(1000))
threads = [threading.Thread(target=spin) for _ in range(3)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


class Balanced(HTMLParser):
    """Fails where an element is not closed in order; knows which there were."""

    def __init__(self, markup):
        super().__init__()
        self.open = []
        self.seen = set()
        self.words = []
        self.feed(markup)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.open.append(tag)
        self.seen.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attrs):
        self.seen.add(tag)

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def corewise_command():
    return str(find_corewise())


@pytest.fixture(scope="module")
def file(corewise_command, tmp_path_factory):
    path = tmp_path_factory.mktemp("recordings") / "run.corewise"
    program = [sys.executable, "-c", CROWD, "<i>&amp;"]
    result = execute(corewise_command, "record", "-q", "-o", path, "--", *program)
    assert result.returncode == 0, result.stderr
    return path


def test_a_recording_is_what_the_report_says(file, corewise_command):
    recording = corewise.Recording.open(str(file))
    result = execute(corewise_command, "report", file, "--json")
    report = json.loads(result.stdout)
    assert recording.to_dict() == report
    assert recording.path == file
    assert recording.command[-1] == "<i>&amp;"
    assert recording.duration == report["recording"]["duration_ns"]
    assert recording.complete is True
    assert recording.used == report["summary"]["cores_used"]
    assert recording.cpu_time == report["summary"]["cpu_ns"] > 0.5e9
    assert [finding.code for finding in recording.findings] == [
        finding["code"] for finding in report["findings"]
    ]
    assert "used on average" in recording.summary()
    assert len(recording.summary(all=True)) > len(recording.summary())
    assert "\x1b" not in recording.summary()


def test_its_findings(file):
    recording = corewise.Recording.open(file)
    # Three threads that want the GIL all the time.
    finding = next(f for f in recording.findings if f.code == "CW202")
    assert finding.severity in ("note", "warning", "severe")
    assert finding.evidence
    assert finding.fixes
    assert isinstance(finding.fixes[0], corewise.Fix)
    page = Balanced(finding._repr_html_())
    assert finding.title in "".join(page.words)
    assert Balanced(recording.findings._repr_html_()).seen == page.seen
    assert "No findings" in corewise.Findings()._repr_html_()


def test_it_outlives_its_file(file, tmp_path):
    copy = tmp_path / "copy.corewise"
    copy.write_bytes(file.read_bytes())
    recording = corewise.Recording.open(copy)
    before = recording._repr_html_()
    copy.unlink()
    assert recording._repr_html_() == before
    page = Balanced(before)
    assert "svg" in page.seen
    assert "script" not in page.seen
    recording.report(tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text().startswith("<!doctype html>")


def test_a_hyphen_is_a_file(file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError):
        corewise.Recording.open("-")
    corewise.Recording.open(file).report("-")
    assert (tmp_path / "-").exists()


def test_what_is_no_recording_is_refused(file, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.corewise does not exist"):
        corewise.Recording.open(tmp_path / "gone.corewise")
    foreign = tmp_path / "foreign"
    foreign.write_bytes(b"not a recording")
    with pytest.raises(ValueError, match="foreign"):
        corewise.Recording.open(foreign)
    with pytest.raises(ValueError, match="directory"):
        corewise.Recording.open(tmp_path)
    recording = corewise.Recording.open(file)
    with pytest.raises(OSError, match="there is no folder"):
        recording.report(tmp_path / "no" / "report.html")
    before = file.read_bytes()
    with pytest.raises(ValueError, match="is the recording itself"):
        recording.report(file)
    assert file.read_bytes() == before


def test_pools_are_a_tuple_and_a_table():
    program = "import corewise, numpy; p = corewise.pools(); assert isinstance(p, tuple), p; "
    program += "assert type(p[:1]) is tuple; assert p == tuple(p); print(p._repr_html_())"
    result = execute(sys.executable, "-c", program)
    assert result.returncode == 0, result.stderr.decode()
    page = Balanced(result.stdout.decode())
    assert "table" in page.seen
    assert any("blas (numpy)" in words for words in page.words)
    assert "No thread pools" in corewise.Pools()._repr_html_()


def test_cores_are_a_table():
    allowed = corewise.cpus()
    page = Balanced(allowed._repr_html_())
    words = " ".join(page.words)
    assert f"{allowed.cores:g}" in words
    for limit in allowed.limits:
        assert limit.origin in words


def test_nothing_of_a_notebook_is_imported_before_it_is_used():
    program = "import sys, corewise; corewise.cpu_count; corewise.load_ipython_extension; "
    program += "print(sorted({m.split('.')[0] for m in sys.modules} & {'IPython', 'asyncio'}))"
    out = subprocess.run([sys.executable, "-c", program], check=True, stdout=subprocess.PIPE)
    assert out.stdout == b"[]\n"


@given(st.text())
def test_any_text_stays_words(text):
    page = Balanced(f"<p>{_html.words(text)}</p>")
    assert page.seen == {"p"}
    shown = "".join(page.words)
    assert all(c.isprintable() for c in shown)
    if text.isprintable():
        assert shown == text


@given(
    st.none() | st.integers(1, 65_536),
    st.booleans(),
    st.none() | st.from_regex(r"[^\"'\s\-$][^\"'$]*", fullmatch=True),
    st.text(st.characters(codec="utf-8", exclude_categories=["Cc"])),
    st.permutations(range(3)),
)
def test_options_end_where_the_statement_begins(cores, compare, output, statement, order):
    statement = statement.strip().lstrip("-").lstrip()
    words = [
        f"-n {cores}" if cores is not None else "",
        "--compare" if compare else "",
        f'-o "{output}"' if output is not None else "",
    ]
    line = " ".join([*(words[at] for at in order), statement])
    assert parse(line) == (Options(cores, compare, output), statement)


@given(st.text())
def test_any_line_is_parsed_or_refused_in_a_sentence(line):
    try:
        options, statement = parse(line)
    except OptionError:
        assert line.strip().startswith("-")
    else:
        assert line.strip().endswith(statement)
        assert not statement.startswith("-")
        assert options == Options() or line.strip().startswith("-")
