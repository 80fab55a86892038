"""`corewise compare` with real programs: what it says of them, and that it does not say more."""

import json
import os
import re
import signal
import textwrap

import pytest

from execution import clean_environment, execute, wait_until

DIFFER = 79
TIMED_OUT = 124

# Few rounds where only endings and outputs matter.
SHORT = ["--runs", "2", "--warmup", "0"]


# Without site-packages, where the governor starts: these tests are of comparing, not of governing.
BARE = ["-S"]


@pytest.fixture
def compare(corewise, python, script):
    """A function: compares a Python program with itself."""

    def run(source, *options, arguments=(), **more):
        program = script(textwrap.dedent(source))
        command = [python, *BARE, program, *arguments]
        return execute(corewise, "compare", *options, "--", *command, **more)

    return run


def rows(result):
    """The table as a dictionary: the cells of each row by its label."""
    table = result.stdout.decode().split("\n\n")[0].splitlines()
    assert all(len(line) <= 80 for line in table)
    width = len("ratio to without") + 2
    return {line[: width - 2].rstrip(): line[width:].split("  ") for line in table}


def sentences(result):
    """What stands under the table, without the line breaks that fit it into 80 columns."""
    text = result.stdout.decode().split("\n\n", 1)[1]
    assert all(len(line) <= 80 for line in text.splitlines() if not line.startswith(" "))
    return text.replace("\n  ", " ")


def cells(result, label):
    return [cell.strip() for cell in rows(result)[label] if cell.strip()]


def test_a_sound_program_ends_and_prints_the_same(compare):
    result = compare("print('result', sum(range(10)))")
    assert result.returncode == 0, result.stderr.decode()
    assert result.stderr == (
        b"corewise: 5 rounds of 2 settings after 1 warm-up round: without, governed\n"
    )
    assert cells(result, "") == ["without", "governed"]
    assert cells(result, "runs") == ["5", "5"]
    assert cells(result, "exit code") == ["0", "0"]
    assert cells(result, "stdout") == cells(result, "stderr") == ["same", "same"]
    assert len(cells(result, "93.7 % interval")) == 1
    assert re.search(r"governed takes [0-9.]+ (times|of) the time without it \(", sentences(result))


def test_times_are_wall_and_cpu_of_the_whole_tree(compare):
    source = """
        import subprocess, sys, time
        busy = "import time\\nwhile time.process_time() < 0.3: pass"
        subprocess.run([sys.executable, "-c", busy])
        time.sleep(0.2)
    """
    result = compare(source, "--json", *SHORT)
    assert result.returncode == 0, result.stderr.decode()
    for setting in json.loads(result.stdout)["settings"]:
        for run in setting["runs"]:
            assert run["cpu_ns"] >= 300_000_000
            assert run["wall_ns"] >= 500_000_000


def test_only_the_governed_program_has_a_session(compare):
    source = "import os; print(os.environ.get('COREWISE_SESSION', 'none').rstrip('0123456789'))"
    stale = clean_environment(COREWISE_SESSION="/dev/shm/stale")
    result = compare(source, *SHORT, env=stale)
    assert result.returncode == DIFFER
    text = result.stdout.decode()
    assert cells(result, "stdout") == ["same", "differs"]
    assert "stdout differs: governed\n  first at line 1 (after 0 equal bytes):\n" in text
    assert "    without, round 1   none\n    governed, round 1  /dev/shm/corewise-" in text
    assert "stale" not in text


def test_no_session_is_left_behind(compare):
    result = compare("import os; print(os.environ.get('COREWISE_SESSION'))", "--show-output")
    said = result.stderr.decode().split()
    sessions = [word for word in said if word.startswith("/dev/shm/")]
    assert len(set(sessions)) == 6, "a session a run"
    assert not any(map(os.path.exists, sessions))


def test_static_settings_override_what_the_user_set(compare):
    source = """
        import os
        names = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMEXPR_MAX_THREADS",
                 "LOKY_MAX_CPU_COUNT", "COREWISE_SESSION"]
        print(*(os.environ.get(name, "-") for name in names[:4]), names[4] in os.environ)
    """
    environment = clean_environment(OMP_NUM_THREADS=7, NUMEXPR_MAX_THREADS=9)
    options = ["--static", "--cores", "3", "--show-output", "--runs", "1", "--warmup", "0"]
    result = compare(source, *options, env=environment)
    assert result.returncode == DIFFER
    talk = result.stderr.decode()
    assert (
        "corewise: 1 thread and 3 threads override what you set: "
        "OMP_NUM_THREADS, NUMEXPR_MAX_THREADS\n" in talk
    )
    assert "stdout, without:\n7 - 9 - False\n" in talk
    assert "stdout, governed:\n7 - 9 3 True\n" in talk
    assert "stdout, 1 thread:\n1 1 - 3 False\n" in talk
    assert "stdout, 3 threads:\n3 3 - 3 False\n" in talk


def test_the_best_setting_is_named(compare):
    source = """
        import os, time
        time.sleep(0.05 if os.environ.get("OMP_NUM_THREADS") == "1" else 0.5)
    """
    result = compare(source, "--static", "--cores", "2", "--runs", "5", "--warmup", "0")
    assert result.returncode == 0, result.stderr.decode()
    text = sentences(result)
    assert "\nbest of all: 1 thread\n" in text
    assert "the time of 1 thread, the best static setting (" in text
    assert cells(result, "") == ["without", "governed", "1 thread", "2 threads"]


def test_different_exit_codes_are_named(compare):
    source = """
        import os, sys
        if "COREWISE_SESSION" in os.environ:
            sys.exit("out of luck")
    """
    result = compare(source, *SHORT)
    assert result.returncode == DIFFER
    assert cells(result, "exit code") == ["0", "1"]
    assert b"exit codes differ: 0 without; 1 governed\n" in result.stdout
    assert b"no ratio: " in result.stdout
    assert b"corewise: the end of stderr, governed:\n  out of luck\n" in result.stderr


def test_a_crash_is_named(compare):
    source = """
        import os
        if "COREWISE_SESSION" in os.environ:
            os.abort()
    """
    result = compare(source, *SHORT)
    assert result.returncode == DIFFER
    assert b"exit codes differ: 0 without; SIGABRT governed\n" in result.stdout


def test_a_program_that_differs_from_itself_proves_nothing(compare):
    result = compare("import time; print(time.monotonic_ns())", *SHORT)
    assert result.returncode == DIFFER
    assert cells(result, "stdout") == ["varies", "varies"]
    assert "so a difference between settings proves nothing first at line 1 " in sentences(result)


def test_stderr_is_told_and_does_not_count(compare):
    result = compare("import sys, time; print(time.monotonic_ns(), file=sys.stderr)", *SHORT)
    assert result.returncode == 0
    assert cells(result, "stderr") == ["varies", "varies"]
    assert "proves nothing; that does not change the exit status first at " in sentences(result)


def test_a_program_that_always_fails_passes_its_status_through(compare):
    source = "import sys; print('no data', file=sys.stderr); sys.exit(5)"
    result = compare(source)
    assert (result.returncode, result.stdout) == (5, b"")
    talk = result.stderr.decode()
    assert talk.count("no data\n") == 2
    assert "error: the program fails in every setting: exit code 5\n" in talk
    assert "hint: --ignore-failure " in talk

    result = compare(source, "--ignore-failure", *SHORT)
    assert result.returncode == 0
    assert cells(result, "exit code") == ["5", "5"]


def test_a_program_that_does_not_exist(corewise, tmp_path):
    result = execute(corewise, "compare", "--", tmp_path / "nothing")
    assert (result.returncode, result.stdout) == (127, b"")
    assert b"error: no such program: " in result.stderr
    (tmp_path / "data").write_text("")
    assert execute(corewise, "compare", "--", tmp_path / "data").returncode == 126


def test_a_timeout_ends_all_that_the_program_started(compare, tmp_path):
    source = """
        import os, subprocess, sys, time
        if "COREWISE_SESSION" not in os.environ:
            child = subprocess.Popen(["sleep", "1000"])
            with open(sys.argv[1], "w") as file:
                file.write(str(child.pid))
            child.wait()
    """
    path = tmp_path / "pid"
    result = compare(source, "--timeout", "2", *SHORT, arguments=[path])
    assert result.returncode == DIFFER, result.stderr.decode()
    assert cells(result, "exit code") == ["timeout", "0"]
    assert cells(result, "runs") == ["0", "2"]
    wait_until(lambda: is_gone(int(path.read_text())), "the end of the program's child")


def test_when_every_run_takes_too_long_nothing_is_compared(compare):
    source = """
        import signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(1000)
    """
    result = compare(source, "--timeout", "0.3", *SHORT)
    assert (result.returncode, result.stdout) == (TIMED_OUT, b"")
    assert b"error: the program fails in every setting: timeout\nhint: " in result.stderr


def is_gone(pid):
    """Whether a process ended; nobody may have collected it yet."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.mark.parametrize("stubborn", [False, True])
def test_ctrl_c_ends_the_run_and_tells_what_was_measured(
    corewise, python, script, started, tmp_path, stubborn
):
    program = script(
        textwrap.dedent(
            f"""
            import os, pathlib, signal, sys, time
            if {stubborn}:
                signal.signal(signal.SIGINT, signal.SIG_IGN)
            folder = pathlib.Path(sys.argv[1])
            number = len(list(folder.iterdir()))
            (folder / str(number)).write_text(str(os.getpid()))
            if number == 4:
                time.sleep(1000)
            """
        )
    )
    folder = tmp_path / "runs"
    folder.mkdir()
    command = [corewise, "compare", "--warmup", "0", "--", python, *BARE, program, folder]
    process = started(command, ready=False)
    fifth = folder / "4"
    wait_until(lambda: fifth.exists() and fifth.read_text(), "the fifth run")
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 128 + signal.SIGINT, stderr
    assert b"ended by SIGINT after 4 of 10 runs\n" in stdout
    assert b"no interval: 2 rounds " in stdout
    assert is_gone(int(fifth.read_text()))


def test_input_is_empty_and_there_is_no_terminal(compare):
    source = """
        import os, sys
        print(repr(sys.stdin.read()), sys.stdout.isatty(), os.getsid(0) == os.getpid())
        try:
            open("/dev/tty")
        except OSError:
            print("no terminal")
    """
    result = compare(source, "--show-output", *SHORT)
    assert result.returncode == 0
    assert result.stderr.decode().count("'' False True\nno terminal\n") == 4


def test_a_long_output_is_compared_to_its_end(compare):
    source = """
        import os, sys
        block = b"x" * (1 << 20)
        for _ in range(40):
            sys.stdout.buffer.write(block)
        sys.stdout.buffer.write(b"1" if "COREWISE_SESSION" in os.environ else b"2")
    """
    result = compare(source, *SHORT)
    assert result.returncode == DIFFER
    assert b"after more than 4 MiB that are the same\n" in result.stdout
    document = json.loads(compare(source, "--json", *SHORT).stdout)
    (first, *_), *_ = (setting["runs"] for setting in document["settings"])
    assert first["stdout"]["bytes"] == (40 << 20) + 1


def test_what_a_program_leaves_running_is_told_and_not_waited_for(compare, tmp_path):
    source = """
        import subprocess, sys
        child = subprocess.Popen(["sleep", "1000"])
        with open(sys.argv[1], "a") as file:
            print(child.pid, file=file)
    """
    path = tmp_path / "pids"
    result = compare(source, *SHORT, arguments=[path])
    left = [int(word) for word in path.read_text().split()]
    try:
        assert result.returncode == 0, result.stderr.decode()
        assert "left processes running (without and governed): " in sentences(result)
        assert len(left) == 4
        assert not any(map(is_gone, left))
    finally:
        for pid in left:
            os.kill(pid, signal.SIGKILL)


def test_json_has_the_documented_fields(compare):
    result = compare("print('same')", "--json", "--static", "--cores", "2", "--runs", "5")
    assert result.returncode == 0, result.stderr.decode()
    document = json.loads(result.stdout)
    assert set(document) == {
        "schema",
        "corewise",
        "command",
        "rounds",
        "warmup",
        "stopped",
        "settings",
        "ratios",
        "best",
        "best_static",
        "exit_codes",
        "stdout",
        "stderr",
    }
    assert (document["schema"], document["rounds"], document["warmup"]) == (1, 5, 1)
    assert document["command"][2].endswith("program.py")
    names = ["without", "governed", "1 thread", "2 threads"]
    assert [setting["name"] for setting in document["settings"]] == names
    assert document["best"] in names
    assert document["best_static"] in names[2:]
    assert (document["exit_codes"], document["stdout"], document["stderr"]) == ("same",) * 3
    for setting in document["settings"]:
        assert [run["warmup"] for run in setting["runs"]] == [True] + [False] * 5
        walls = sorted(run["wall_ns"] / 1e9 for run in setting["runs"][1:])
        assert setting["wall_s"] == {
            "fastest": walls[0],
            "median": walls[2],
            "slowest": walls[4],
        }
        for run in setting["runs"]:
            assert (run["exit_code"], run["signal"], run["timed_out"]) == (0, None, False)
            assert run["stdout"]["bytes"] == 5
            assert run["stdout"]["difference"] is None
    pairs = [(ratio["of"], ratio["to"]) for ratio in document["ratios"]]
    assert pairs == [
        ("governed", "without"),
        ("1 thread", "without"),
        ("2 threads", "without"),
        ("governed", document["best_static"]),
    ]
    first, second = (
        {run["round"]: run["wall_ns"] for run in setting["runs"] if not run["warmup"]}
        for setting in document["settings"][:2]
    )
    ratios = sorted(second[number] / first[number] for number in first)
    ratio = document["ratios"][0]
    assert ratio["median"] == pytest.approx(ratios[2], rel=1e-6)
    assert ratio["interval"]["low"] == pytest.approx(ratios[0], rel=1e-6)
    assert ratio["interval"]["high"] == pytest.approx(ratios[4], rel=1e-6)
    assert ratio["interval"]["confidence"] == 0.9375


@pytest.mark.parametrize(
    "options",
    [
        [],
        ["--"],
        ["--runs", "0", "--", "true"],
        ["--runs", "-1", "--", "true"],
        ["--warmup", "many", "--", "true"],
        ["--cores", "0", "--", "true"],
        ["--timeout", "0", "--", "true"],
        ["--timeout", "nan", "--", "true"],
    ],
)
def test_wrong_use_is_refused(corewise, options):
    result = execute(corewise, "compare", *options)
    assert (result.returncode, result.stdout) == (64, b"")
    assert result.stderr
