"""`%%cores` in the kernel of a notebook."""

from __future__ import annotations

import os
import re
import tempfile
import textwrap
from pathlib import Path

import pytest

import notebook
from execution import execute

LOAD = "%load_ext corewise"

# About a second of work for each thread of the pool.
MATMUL = """\
import time
import numpy as np
a = np.ones((1000, 1000))
end = time.monotonic() + 1.5
while time.monotonic() < end:
    b = a @ a
"""


def cells(folder: Path, *sources: str) -> list[notebook.Cell]:
    return notebook.run(folder, LOAD, *map(textwrap.dedent, sources))[1:]


def plain(markup: str) -> str:
    """The words of a piece of HTML."""
    return re.sub("<[^>]*>", " ", markup)


def test_a_cell_shows_its_cores_its_timeline_and_its_findings(tmp_path):
    source = MATMUL + "print('done')\nb.shape\n"
    (cell, after) = cells(tmp_path, f"%%cores -o kept.corewise\n{source}", "b[0, 0], end > 0")
    assert cell.stream("stdout") == "done\n"
    assert cell.stream("stderr") == ""
    assert cell.results == ["(1000, 1000)"]
    assert not cell.failed
    assert after.results == ["(np.float64(1000.0), True)"]
    # The last of the outputs, below what the cell itself put out.
    assert 'class="corewise"' in cell.outputs[-1]["data"]["text/html"]
    words = plain(cell.report)
    assert re.search(r"\d+\.\d\d s; +\d+\.\d\d of .* used on average", words), words
    assert "OpenBLAS" in words
    assert "running" in words
    assert "finding" in words.lower() or "CW" in words
    assert cell.report.count("<svg") == 1
    assert "used on average" in cell.reports[0]["text/plain"]


def test_the_recording_is_of_the_cell_alone(tmp_path):
    import corewise

    work = "end = time.thread_time() + 0.4\nwhile time.thread_time() < end: pass\n"
    kept, _ = cells(
        tmp_path,
        "import time\n" + work,
        f"%%cores -o '{tmp_path}/a cell.corewise'\n{work}",
    )
    assert not kept.failed
    recording = corewise.Recording.open(tmp_path / "a cell.corewise")
    # The recorder is a child of the kernel, and is not what was asked for.
    assert len(recording.to_dict()["processes"]) == 1
    assert recording.complete
    # All that the cell used, nothing of what the kernel did before, and little of its own.
    assert 0.4e9 <= recording.cpu_time < 0.75e9
    owners = recording.to_dict()["summary"]["owners"]
    python = sum(owner["cpu_ns"] for owner in owners if owner["owner"] == "python")
    assert python >= 0.39e9, owners


def test_a_cell_of_a_moment_has_a_report_too(tmp_path):
    cell, after = cells(tmp_path, "%%cores\n1 + 1", "_, Out[max(Out)]")
    assert cell.results == ["2"]
    assert after.results == ["(2, 2)"]
    assert re.search(r"[\d.]+ ms", plain(cell.report))


def test_a_semicolon_keeps_its_meaning(tmp_path):
    quiet, loud = cells(tmp_path, "%%cores\n1 + 1;", "%%cores\n'a;'")
    assert quiet.results == []
    assert loud.results == ["'a;'"]
    assert quiet.reports
    assert loud.reports


def test_magics_and_shell_commands_work_within(tmp_path):
    (cell,) = cells(tmp_path, "%%cores\nvalue = !echo shell\nprint(value[0])\n%lsmagic\nvalue[0]")
    assert cell.stream("stdout").startswith("shell\n")
    assert cell.results == ["'shell'"]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("print('before')\n1 / 0", "ZeroDivisionError"),
        ("import signal\nsignal.raise_signal(signal.SIGINT)", "KeyboardInterrupt"),
        ("def f():\n    raise ValueError('<b>')\nf()", "ValueError"),
        ("x = (1,\nprint('never')", "SyntaxError"),
        ("if 1:\nprint('never')", "IndentationError"),
    ],
)
def test_an_error_is_what_it_would_be_without(tmp_path, source, name):
    without, cell, rest = cells(
        tmp_path,
        source,
        f"%%cores\n{source}",
        "import psutil\nlen(psutil.Process().children()), 'showtraceback' in vars(get_ipython())",
    )
    assert (without.failed, cell.failed) == (True, True)
    assert cell.stream("stdout") == without.stream("stdout")
    (expected,), (error,) = without.errors, cell.errors

    def told(error):
        """Without the cell's number and the name of the file that it is compiled as."""
        text = "\n".join([error["ename"], error["evalue"], *error["traceback"]])
        return re.sub(r"In\[\d+\]|\d+\.py", "", text)

    assert error["ename"] == name
    assert told(error) == told(expected)
    # What is no code did not run.
    assert len(cell.reports) == (0 if name in ("SyntaxError", "IndentationError") else 1)
    assert rest.results == ["(0, False)"]


def test_an_error_ends_a_notebook_that_is_run_as_a_whole_and_the_next_one_shows(tmp_path):
    first, second, third = cells(tmp_path, "%%cores\n1 / 0", "[][1]", "%tb")
    assert first.failed
    assert [error["ename"] for error in second.errors] == ["IndexError"]
    assert [error["ename"] for error in third.errors] in ([], ["IndexError"])


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("-n 0", "-n must be a whole number of cores from 1 to 65536, not '0'"),
        ("-n two", "not 'two'"),
        ("-n -1", "not '-1'"),
        ("-n 1.5", "not '1.5'"),
        ("-n", "-n needs a number of cores"),
        ("-o", "-o needs a file"),
        ("-x", "%%cores has no option '-x'"),
        ("--limit 3", "%%cores has no option '--limit'"),
        ("--compare please", "%%cores has no option 'please'"),
    ],
)
def test_a_wrong_option_is_named_and_the_cell_does_not_run(tmp_path, line, said):
    cell, after = cells(tmp_path, f"%%cores {line}\nran = True", "'ran' in dir()")
    assert said in cell.stream("stderr")
    assert cell.stream("stderr").startswith("UsageError: ")
    assert cell.failed
    assert cell.reports == []
    assert after.results == ["False"]


def test_one_line(tmp_path):
    assigned, value, shown, dictionary, cores, lonely = cells(
        tmp_path,
        "y = %cores sum([1, 2])",
        "y",
        "%cores sum([1, 2, 3])",
        "%cores {1: 'a$y'}[1]",
        "%cores",
        "%cores -n 1",
    )
    assert len(assigned.reports) == 1
    assert assigned.results == []
    assert value.results == ["3"]
    assert shown.results == ["6"]
    assert len(shown.reports) == 1
    assert dictionary.results == ["'a$y'"]
    (result,) = [out for out in cores.outputs if out["output_type"] == "execute_result"]
    assert "allowed" in result["data"]["text/html"]
    assert "needs a statement" in lonely.stream("stderr")


def test_a_limit_holds_within_the_cell(tmp_path):
    before, cell, after = cells(
        tmp_path,
        "import corewise, numpy\n"
        "def sizes(): return {p.size for p in corewise.pools() if p.size is not None}\n"
        "n = 1\nbefore = sizes()",
        "%%cores -n {n}\nprint(sizes())",
        "sizes() == before",
    )
    assert not before.failed
    assert cell.stream("stdout") == "{1}\n"
    assert "Pools limited to 1 core" in cell.report
    assert "of 1 core" in cell.report
    assert after.results == ["True"]


COMPARED = """\
%%cores --compare
runs += 1
print(corewise.governed().active, os.environ.get("COREWISE_SESSION"))
a @ a
"""
STATE = "corewise.governed().active, corewise.governed().budget, os.environ.get('COREWISE_SESSION')"


def test_a_comparison_runs_twice_and_says_so(tmp_path):
    _, cell, after, runs = cells(
        tmp_path,
        "import corewise, numpy, os\na = numpy.ones((400, 400))\nruns = 0",
        COMPARED,
        STATE,
        "runs",
    )
    first, second = cell.stream("stdout").splitlines()
    assert first == "False None"
    assert second.startswith("True /")
    words = plain(cell.report)
    assert re.search(r"without the governor, .* with it: \d+\.\d\d times as fast", words), words
    assert "The cell ran twice" in words
    assert "Without the governor" in words
    assert "With the governor, a budget of" in words
    assert "Governor: budget of" in words
    assert cell.report.count("<svg") == 2
    assert "times as fast" in cell.reports[0]["text/plain"]
    assert re.fullmatch(r"\(False, \d+, None\)", after.results[0])
    assert runs.results == ["2"]


def test_a_governed_kernel_is_governed_as_before_after_a_comparison(tmp_path):
    _, before, cell, after = cells(
        tmp_path,
        "import corewise, numpy, os\na = numpy.ones((400, 400))\nruns = 0\n"
        "_ = corewise.govern(cores=1, deterministic=True)",
        STATE,
        COMPARED,
        STATE,
    )
    assert before.results[0].startswith("(True, 1, '/")
    assert after.results == before.results
    first, second = cell.stream("stdout").splitlines()
    assert first == "False None"
    assert second.startswith("True /")
    assert "budget of 1 core, thread counts fixed" in plain(cell.report)


def test_a_comparison_ends_with_the_first_failure(tmp_path):
    _, cell, after = cells(
        tmp_path,
        "import corewise\nruns = 0",
        "%%cores --compare\nruns += 1\n1 / 0",
        "runs, corewise.governed().active",
    )
    assert [error["ename"] for error in cell.errors] == ["ZeroDivisionError"]
    assert "it was not run with it" in plain(cell.report)
    assert after.results == ["(1, False)"]


def test_what_the_governor_does_in_the_cell_is_recorded(tmp_path):
    _, cell = cells(
        tmp_path,
        "import corewise, numpy\n_ = corewise.govern(cores=2)\na = numpy.ones((1000, 1000))\n"
        "for _ in range(20): a @ a",
        "%%cores\nfor _ in range(3): a @ a",
    )
    words = plain(cell.report)
    assert "Governor: budget of 2 cores; 3 parallel regions in 1 process" in words, words
    assert "held" in words


def test_without_a_recorder_the_cell_runs_and_the_reason_is_said(tmp_path):
    no_folder, no_python, works = cells(
        tmp_path,
        "%%cores -o /nowhere/x.corewise\nprint('ran')\n7",
        "import sys\nkept, sys.executable = sys.executable, '/nowhere/<python>'\n"
        "%cores print('ran')\nsys.executable = kept",
        "%%cores\n1",
    )
    for cell in (no_folder, no_python):
        assert cell.stream("stdout") == "ran\n"
        assert not cell.failed
        assert "it was not recorded: " in cell.report
        assert "<svg" not in cell.report
    assert no_folder.results == ["7"]
    assert "cannot create /nowhere/x.corewise" in no_folder.report
    assert "&lt;python&gt;" in no_python.report
    assert "<svg" in works.report


@pytest.fixture
def stranger(tmp_path):
    """The path of a Python that runs as a user who may look at no process of ours."""
    import corewise

    path = tmp_path / "python"
    alien = "setpriv --reuid=65534 --regid=65534 --clear-groups --bounding-set=-all --inh-caps=-all"
    path.write_text(f'#!/bin/sh\nexec {alien} /usr/bin/python3 "$@"\n')
    path.chmod(0o755)
    package = Path(str(corewise.__file__)).parent.parent
    works = f"import sys; sys.path.insert(0, {str(package)!r}); import corewise._native"
    if os.geteuid() != 0 or execute(path, "-c", works).returncode != 0:
        pytest.skip("needs root, setpriv, and a Python of the system that can import corewise")
    return path


def test_a_kernel_that_may_not_be_looked_at_runs_its_cells(tmp_path, stranger):
    # A folder in which that user may write; pytest's own are its owner's alone.
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o777)
        _, cell = cells(
            tmp_path,
            f"import sys\nsys.executable = {str(stranger)!r}",
            f"%%cores -o {folder}/x.corewise\nprint('ran')\n7",
        )
        assert os.listdir(folder) == []
    assert cell.stream("stdout") == "ran\n"
    assert cell.results == ["7"]
    assert not cell.failed
    words = plain(cell.report)
    assert re.search(r"it was not recorded: no permission to look at process \d+ *$", words), words


def test_a_recorder_that_is_killed_does_not_harm_the_cell(tmp_path):
    (cell,) = cells(
        tmp_path,
        "%%cores\nimport psutil\nfor child in psutil.Process().children(): child.kill()\n'alive'",
    )
    assert cell.results == ["'alive'"]
    assert "its recording is lost: " in cell.report


def test_a_module_of_the_working_folder_does_not_come_before_corewises_own(tmp_path):
    (tmp_path / "signal.py").write_text("raise RuntimeError('not this one')\n")
    (tmp_path / "corewise.py").write_text("raise RuntimeError('nor this one')\n")
    (cell,) = notebook.run(
        tmp_path,
        "import sys\nsys.path.remove('')\n%load_ext corewise\n%cores 1",
    )
    assert "<svg" in cell.report


def test_a_top_level_await_is_refused_in_a_sentence(tmp_path):
    (cell,) = cells(tmp_path, "%%cores\nimport asyncio\nawait asyncio.sleep(0)")
    assert "cannot run a top-level await in a notebook" in cell.stream("stderr")
    assert cell.errors == []


def test_a_shell_in_a_terminal(python):
    program = """
    from IPython.core.interactiveshell import InteractiveShell
    shell = InteractiveShell.instance(colors="NoColor")
    shell.run_cell("%load_ext corewise")
    assert shell.run_cell("%%cores\\n6 * 7").result == 42
    assert shell.run_cell("%%cores\\nimport asyncio\\nawait asyncio.sleep(0, 43)").result == 43
    failed = shell.run_cell("%%cores\\n1 / 0")
    assert type(failed.error_in_exec) is ZeroDivisionError
    shell.run_cell("%unload_ext corewise")
    assert shell.find_line_magic("cores") is None
    """
    result = execute(python, "-c", textwrap.dedent(program))
    out = result.stdout.decode()
    assert result.returncode == 0, result.stderr.decode() + out
    assert out.count("ZeroDivisionError: division by zero") == 1
    assert "corewise/jupyter.py" not in out
    assert "used on average" in out
