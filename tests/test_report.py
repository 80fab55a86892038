"""`corewise report` on real recordings: the text of the run's end, and every export."""

import itertools
import json
import textwrap

import pytest

from execution import execute

SOURCE = """
    import threading, time

    def innermost(until):
        while time.monotonic() < until:
            sum(range(2000))

    def outermost(until):
        innermost(until)

    def sleeper(until):
        while time.monotonic() < until:
            time.sleep(0.05)

    end = time.monotonic() + 1.5
    other = threading.Thread(target=sleeper, args=(end,))
    other.start()
    outermost(end)
    other.join()
"""


@pytest.fixture(scope="module")
def recorded(corewise, python, tmp_path_factory):
    """One recording that all tests here read: the folder, and what `record` said."""
    folder = tmp_path_factory.mktemp("report")
    program = folder / "two_threads.py"
    program.write_text(textwrap.dedent(SOURCE))
    path = folder / "run.corewise"
    result = execute(corewise, "record", "-o", path, "--", python, program)
    assert result.returncode == 0, result.stderr.decode()
    return path, result


@pytest.fixture(scope="module")
def export(corewise, recorded):
    """A function: one export of the recording, parsed."""

    def run(option):
        result = execute(corewise, "report", recorded[0], option)
        assert result.returncode == 0, result.stderr.decode()
        return json.loads(result.stdout)

    return run


def test_the_file_gives_the_text_that_the_run_gave(corewise, recorded):
    path, live = recorded
    later = execute(corewise, "report", path)
    assert (later.returncode, later.stderr) == (0, b"")
    assert live.stderr.decode().lstrip("\n") == later.stdout.decode()


def test_the_text_is_80_columns_wide_at_most(corewise, recorded):
    for options in ([], ["--all"]):
        text = execute(corewise, "report", recorded[0], *options).stdout.decode()
        commands = ("corewise run -- ", "corewise explain ")
        for line in text.splitlines():
            assert len(line) <= 80 or line.strip().startswith(commands), line


def test_all_tells_more(corewise, recorded):
    short = execute(corewise, "report", recorded[0]).stdout
    full = execute(corewise, "report", recorded[0], "--all").stdout
    assert len(full) > len(short)


def test_json_agrees_with_itself(export):
    document = export("--json")
    assert document["schema"] == 1
    summary = document["summary"]
    threads = sum(thread["cpu_ns"] for thread in document["threads"])
    assert summary["attributed_ns"] == threads
    assert summary["cpu_ns"] == threads + summary["unattributed_ns"]
    assert sum(owner["cpu_ns"] for owner in summary["owners"]) == summary["cpu_ns"]
    timeline = document["timeline"]
    drawn = sum(timeline["running"]) * timeline["step_ns"]
    assert drawn == pytest.approx(summary["cpu_ns"], rel=0.01)


def names_of(profile, frames):
    return [[frames[frame]["name"] for frame in stack] for stack in profile["samples"]]


def test_speedscope_has_the_stacks_of_both_threads(export):
    document = export("--speedscope")
    frames = document["shared"]["frames"]
    worker, sleeper = document["profiles"][0], None
    for profile in document["profiles"]:
        assert sum(profile["weights"]) == profile["endValue"] - profile["startValue"]
        if any("sleeper" in stack for stack in names_of(profile, frames)):
            sleeper = profile
    time = {}
    for stack, weight in zip(names_of(worker, frames), worker["weights"], strict=True):
        if "innermost" in stack:
            assert stack.index("outermost") < stack.index("innermost")
            time["innermost"] = time.get("innermost", 0) + weight
    assert time["innermost"] > worker["endValue"] / 2
    assert sleeper is not None
    assert any(stack[-1] == "[blocked]" for stack in names_of(sleeper, frames) if stack)


def test_the_counters_of_the_trace_add_up_to_the_cpu_time(export):
    events = export("--chrome-trace")["traceEvents"]
    counters = [e for e in events if e["ph"] == "C" and e["name"] == "running"]
    used = 0
    for now, after in itertools.pairwise(counters):
        used += sum(now["args"].values()) * (after["ts"] - now["ts"]) * 1000
    assert used == pytest.approx(export("--json")["summary"]["cpu_ns"], rel=0.02)
    assert {"innermost", "outermost", "sleeper"} <= {e["name"] for e in events if e["ph"] == "X"}


def test_the_firefox_profile_has_every_thread(export):
    profile = export("--firefox")
    document = export("--json")
    assert {thread["tid"] for thread in profile["threads"]} == {
        str(thread["tid"]) for thread in document["threads"]
    }
    used = 0
    for thread in profile["threads"]:
        used += sum(thread["samples"].get("threadCPUDelta") or [])
    assert used * 1000 == pytest.approx(document["summary"]["attributed_ns"], rel=0.01)


def test_exports_go_to_the_files_that_were_named(corewise, recorded, tmp_path):
    options = ["--html", "--json", "--speedscope", "--chrome-trace", "--firefox"]
    words = [word for option in options for word in (option, tmp_path / option[2:])]
    result = execute(corewise, "report", recorded[0], *words)
    assert (result.returncode, result.stdout) == (0, b"")
    assert {path.name for path in tmp_path.iterdir()} == {option[2:] for option in options}
    assert (tmp_path / "html").read_text().startswith("<!doctype html>")


@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_a_cut_recording_tells_what_was_before_the_cut(corewise, recorded, tmp_path, part):
    whole = recorded[0].read_bytes()
    cut = tmp_path / "cut.corewise"
    cut.write_bytes(whole[: int(len(whole) * part)])
    result = execute(corewise, "report", cut)
    if result.returncode == 0:
        assert b"The recording was cut off after " in result.stdout
    else:
        assert result.returncode == 65
        assert b"ends before its first second" in result.stderr
