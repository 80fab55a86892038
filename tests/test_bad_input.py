"""Bad input: one clear sentence, the documented exit code, no traceback, no hang."""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest

from conftest import PROGRAMS
from execution import PATIENCE, clean_environment

USAGE = 64
BAD_RECORDING = 65
NOT_FOUND = 66
CANNOT_CREATE = 73
IO = 74
PERMISSION = 77
CANNOT_START = 126
NO_SUCH_PROGRAM = 127

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def run(corewise, tmp_path):
    """A function: runs corewise with these arguments."""

    def call(*arguments, prefix=(), **more):
        more = {"cwd": tmp_path, "timeout": PATIENCE, "env": clean_environment(), **more}
        return subprocess.run(
            [*prefix, corewise, *map(str, arguments)], capture_output=True, check=False, **more
        )

    return call


def assert_clear(result, status, *words):
    """It ended with this status and said why, in corewise's style."""
    talk = result.stderr.decode(errors="replace")
    assert result.returncode == status, f"status {result.returncode}: {talk}"
    for sign in ("panicked", "Traceback", "RUST_BACKTRACE", "called `", "Os {", "Error("):
        assert sign not in talk
    assert "\x1b" not in talk, "colour or escapes in a pipe"
    # What an export leaves out may be said before.
    lines = [line for line in talk.strip().splitlines() if not line.startswith("note: ")]
    assert lines, "not a word"
    assert lines[0].startswith("error: "), talk
    assert len(lines) <= 6, talk
    for word in words:
        assert word in talk, f"{word!r} is not in: {talk}"


@pytest.fixture
def recording(record, python):
    """The path of a good, short recording."""
    recorded = record([python, "-c", "sum(range(3_000_000))"])
    assert recorded.status == 0, recorded.stderr
    return recorded.path


# ---- command lines ----


@pytest.mark.parametrize(
    "arguments",
    [
        ["record"],
        ["record", "--"],
        ["record", "--pid", "1", "--", "true"],
        ["record", "--pid", "-1"],
        ["record", "--pid", "abc"],
        ["record", "--pid", "99999999999999999999"],
        ["record", "--rate", "0", "--", "true"],
        ["record", "--rate", "nan", "--", "true"],
        ["record", "--duration", "-1", "--", "true"],
        ["record", "--no-such-option", "--", "true"],
        ["report"],
        ["explain", "CW999"],
        ["no-such-subcommand"],
        [],
    ],
    ids=lambda arguments: " ".join(arguments) or "nothing",
)
def test_usage(run, arguments):
    result = run(*arguments)
    assert result.returncode == USAGE, result.stderr
    assert result.stderr.strip()
    assert b"panicked" not in result.stderr


def test_an_empty_command(run):
    assert_clear(run("record", "--", ""), NO_SUCH_PROGRAM)


# ---- programs that cannot be started ----


def test_no_such_program(run):
    assert_clear(
        run("record", "--", "no-such-program-here"), NO_SUCH_PROGRAM, "no-such-program-here"
    )


def test_no_such_program_leaves_no_file(run, tmp_path):
    run("record", "-o", "x.corewise", "--", "no-such-program-here")
    assert os.listdir(tmp_path) == []


def test_not_executable(run, tmp_path):
    (tmp_path / "file").write_text("text")
    assert_clear(run("record", "--", "./file"), CANNOT_START, "./file")


def test_a_directory_is_no_program(run):
    assert_clear(run("record", "--", "/tmp"), CANNOT_START, "/tmp")


def test_not_in_executable_format(run, tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"\x7fELF but not really")
    file.chmod(0o755)
    # As execvp has it, the shell tries to read such a file as a script: 127, from the shell.
    result = run("record", "-q", "--", "./file")
    assert result.returncode in (CANNOT_START, NO_SUCH_PROGRAM), result.stderr
    assert b"./file" in result.stderr
    assert b"panicked" not in result.stderr


def test_the_interpreter_of_a_script_is_missing(run, tmp_path):
    file = tmp_path / "file"
    file.write_text("#!/no/such/interpreter\n")
    file.chmod(0o755)
    assert_clear(run("record", "--", "./file"), NO_SUCH_PROGRAM, "./file")


def test_a_working_directory_that_is_gone(run, corewise, tmp_path):
    line = f'mkdir gone && cd gone && rmdir ../gone && "{corewise}" record -q -- sh -c "exit 4"'
    result = subprocess.run(
        ["sh", "-c", line],
        cwd=tmp_path,
        capture_output=True,
        timeout=PATIENCE,
        check=False,
        env=clean_environment(),
    )
    assert result.returncode == 4, result.stderr


# ---- processes ----


def test_an_unknown_pid(run):
    free = int(pathlib.Path("/proc/sys/kernel/pid_max").read_text()) - 1
    while os.path.exists(f"/proc/{free}"):
        free -= 1
    for command in (["record", "--pid", free], ["pools", free]):
        assert_clear(run(*command), NOT_FOUND, str(free))


def test_a_pid_that_has_ended_and_was_not_waited_for(run):
    zombie = subprocess.Popen(["true"])
    os.waitid(os.P_PID, zombie.pid, os.WEXITED | os.WNOWAIT)
    result = run("record", "--pid", zombie.pid, "--duration", "1")
    zombie.wait()
    assert_clear(result, NOT_FOUND, str(zombie.pid))


def test_a_pid_that_dies_while_being_attached(corewise, tmp_path, python):
    # Many tries, so that death falls into different steps of attaching.
    for number in range(20):
        victim = subprocess.Popen([python, "-c", "import numpy"])
        recorder = subprocess.Popen(
            [corewise, "record", "-o", str(tmp_path / "x.corewise"), "--pid", str(victim.pid)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=clean_environment(),
        )
        if number % 2:
            victim.kill()
        victim.wait()
        _, talk = recorder.communicate(timeout=PATIENCE)
        assert recorder.returncode in (0, NOT_FOUND), talk
        assert b"panicked" not in talk
        assert b"Traceback" not in talk


def test_a_pid_that_ends_while_recorded(run, python, started):
    program = started(
        [
            python,
            "-c",
            "import os, time; print('ready', flush=True); time.sleep(1.5); os.kill(os.getpid(), 9)",
        ]
    )
    result = run("record", "-o", "x.corewise", "--pid", program.pid)
    assert result.returncode == 0, result.stderr
    report = json.loads(run("report", "x.corewise", "--json", "-").stdout)
    assert report["recording"]["complete"] is True


@ROOT_ONLY
def test_no_permission_to_attach(corewise, run):
    """Without capabilities, even root may not look into another user's process."""
    if not shutil.which("setpriv"):
        pytest.skip("no setpriv")
    other = subprocess.Popen(
        [
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            "sh",
            "-c",
            "echo ready; exec sleep 60",
        ],
        stdout=subprocess.PIPE,
    )
    try:
        assert other.stdout.readline() == b"ready\n"
        for command in (["record", "--duration", "1", "--pid", other.pid], ["pools", other.pid]):
            result = run(*command, prefix=["setpriv", "--bounding-set=-all", "--inh-caps=-all"])
            assert_clear(result, PERMISSION, str(other.pid), "hint:")
    finally:
        other.kill()
        other.wait()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may attach to every process")
def test_no_permission_as_an_ordinary_user(run):
    assert_clear(run("record", "--duration", "1", "--pid", 1), PERMISSION, "1", "hint:")


@ROOT_ONLY
def test_recording_as_another_user(corewise, tmp_path):
    """An ordinary user records a program of their own: no root needed."""
    if not shutil.which("setpriv"):
        pytest.skip("no setpriv")
    with open(corewise, "rb") as file:
        if file.read(4) != b"\x7fELF":
            pytest.skip("the console script's interpreter may be out of another user's reach")
    binary = tmp_path / "corewise"
    shutil.copy(corewise, binary)
    folder = tmp_path / "theirs"
    folder.mkdir()
    os.chown(folder, 65534, 65534)
    place = tmp_path
    while place != place.parent and place.stat().st_uid == os.geteuid() and place.name != "tmp":
        place.chmod(0o755)
        place = place.parent
    result = subprocess.run(
        [
            "setpriv",
            "--reuid=65534",
            "--regid=65534",
            "--clear-groups",
            str(binary),
            "record",
            "-o",
            str(folder / "x.corewise"),
            "--",
            "/usr/bin/env",
            "sh",
            "-c",
            "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done",
        ],
        capture_output=True,
        timeout=PATIENCE,
        check=False,
        cwd=folder,
        env=clean_environment(),
    )
    assert result.returncode == 0, result.stderr
    report = subprocess.run(
        [corewise, "report", str(folder / "x.corewise"), "--json", "-"],
        capture_output=True,
        check=False,
    )
    assert json.loads(report.stdout)["summary"]["cpu_ns"] > 0


def test_a_program_that_is_not_python(record):
    recorded = record(["sh", "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"])
    assert recorded.status == 0
    report = recorded.report
    assert report["processes"][0]["interpreter"] is None
    assert report["summary"]["cpu_ns"] > 0
    assert not recorded.codes(at_least="warning")


# ---- outputs ----


def test_a_directory_as_output(run, tmp_path):
    for option in ("-o", "--html"):
        result = run("record", option, tmp_path, "--", "sh", "-c", "echo ran")
        assert_clear(result, CANNOT_CREATE, str(tmp_path))
        assert b"ran" not in result.stdout, "found out only after the program had run"


def test_an_output_in_a_missing_directory(run):
    result = run("record", "-o", "no/such/place.corewise", "--", "true")
    assert_clear(result, CANNOT_CREATE, "no/such/place.corewise")


def test_an_output_that_may_not_be_written(run, tmp_path):
    # Root may write everywhere, except where nobody can create files.
    assert_clear(run("record", "-o", "/proc/x.corewise", "--", "true"), CANNOT_CREATE, "/proc")


def test_a_full_device_as_output(run):
    """The program matters more than its recording: it runs to its end, whatever its status."""
    for code, status in ((0, IO), (3, 3)):
        result = run("record", "-o", "/dev/full", "--", "sh", "-c", f"echo ran; exit {code}")
        assert result.stdout == b"ran\n"
        assert_clear(result, status)


@ROOT_ONLY
def test_a_full_disk(run, python, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode != 0:
        pytest.skip(f"cannot mount: {mounted.stderr.decode()}")
    try:
        (disk / "filler").write_bytes(b"x" * 61_440)
        result = run(
            "record",
            "--rate",
            "500",
            "-o",
            disk / "x.corewise",
            "--",
            python,
            PROGRAMS / "gil_fight.py",
        )
        assert result.stdout.startswith(b"ready\n"), "the program suffered"
        assert json.loads(result.stdout.splitlines()[-1])["processes"]
        assert_clear(result, IO)
        # What fitted can be read.
        again = run("report", disk / "x.corewise", "--json", "-")
        assert again.returncode in (0, BAD_RECORDING)
        if again.returncode == 0:
            assert json.loads(again.stdout)["recording"]["complete"] is False
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_full_device_for_the_report(corewise, run, recording):
    for option in ("--html", "--json", "--speedscope", "--chrome-trace", "--firefox"):
        assert_clear(run("report", recording, option, "/dev/full"), IO, "/dev/full")
    with open("/dev/full", "wb") as full:
        result = subprocess.run(
            [corewise, "report", str(recording)],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            timeout=PATIENCE,
        )
    assert_clear(result, IO)


def test_the_report_into_a_closed_pipe(corewise, recording):
    result = subprocess.run(
        [
            "bash",
            "-c",
            f'"{corewise}" report "{recording}" --json - | head -c 1; echo "${{PIPESTATUS[0]}}"',
        ],
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert result.stdout in (b"{0\n", b"{141\n"), result.stdout
    assert result.stderr == b""


# ---- recordings ----


def test_a_missing_recording(run):
    assert_clear(run("report", "missing.corewise"), NOT_FOUND, "missing.corewise")


def test_a_directory_as_recording(run, tmp_path):
    result = run("report", tmp_path)
    assert result.returncode in (BAD_RECORDING, IO, NOT_FOUND)
    assert_clear(result, result.returncode, str(tmp_path))


@pytest.mark.parametrize(
    "content",
    [b"", b"x", b"\x7fELF", b"{}\n", b"PK\x03\x04" + bytes(100), bytes(4096), b"\xff" * 4096],
    ids=["empty", "one byte", "ELF", "JSON", "zip", "zeros", "ones"],
)
def test_a_foreign_file(run, tmp_path, content):
    file = tmp_path / "foreign.corewise"
    file.write_bytes(content)
    assert_clear(run("report", file), BAD_RECORDING, "foreign.corewise")


def test_a_truncated_recording_at_every_length(record, run, python, tmp_path):
    """Any beginning of a recording is a recording that ends early, or is said to be too short."""
    data = record([python, PROGRAMS / "plain_python.py"]).path.read_bytes()
    lengths = sorted({len(data) * k // 30 for k in range(31)} | {1, 4, 8, 12, 16, len(data) - 1})
    durations = []
    for length in lengths:
        file = tmp_path / "cut.corewise"
        file.write_bytes(data[:length])
        result = run("report", file, "--json", "-")
        if result.returncode == 0:
            recording = json.loads(result.stdout)["recording"]
            assert recording["complete"] is (length == len(data)), length
            durations.append(recording["duration_ns"])
        else:
            assert not durations, f"a shorter one could be read, {length} bytes not"
            assert_clear(result, BAD_RECORDING, "cut.corewise")
    assert durations == sorted(durations)
    assert len(set(durations)) > 2


def test_a_damaged_recording(run, recording, tmp_path):
    """A flipped bit anywhere: read up to there, or refused; never a panic, never silence."""
    data = bytearray(recording.read_bytes())
    for number in range(40):
        at = len(data) * number // 40
        damaged = bytearray(data)
        damaged[at] ^= 0x55
        file = tmp_path / "damaged.corewise"
        file.write_bytes(damaged)
        result = run("report", file, "--json", "-")
        if result.returncode == 0:
            report = json.loads(result.stdout)
            assert not report["recording"]["complete"] or report["notices"], at
        else:
            assert_clear(result, BAD_RECORDING, "damaged.corewise")


def test_a_recording_of_a_newer_corewise(run, recording, tmp_path):
    """The version number stands behind the magic word; a greater one is refused in plain words."""
    data = bytearray(recording.read_bytes())
    magic = re.match(rb"[A-Za-z]+[\x00-\x1f]?", bytes(data[:16])).group()
    refused = 0
    for size in (1, 2, 4):
        newer = bytearray(data)
        newer[len(magic) : len(magic) + size] = (200).to_bytes(size, sys.byteorder)
        file = tmp_path / "newer.corewise"
        file.write_bytes(newer)
        result = run("report", file)
        if result.returncode == BAD_RECORDING and b"newer" in result.stderr.replace(
            b"newer.corewise", b""
        ):
            assert_clear(result, BAD_RECORDING, "newer.corewise", "hint:")
            refused += 1
    assert refused, "no header with a greater version was recognised as newer"


def test_a_recording_without_samples(record, run):
    recorded = record(["true"])
    assert recorded.status == 0, recorded.stderr
    assert recorded.codes() == set()
    for option in ("--html", "--json", "--speedscope", "--chrome-trace", "--firefox"):
        result = run("report", recorded.path, option, "out")
        assert result.returncode == 0, result.stderr
    assert run("report", recorded.path).returncode == 0


# ---- size and strange names ----


def test_thousands_of_threads(record, python):
    program = (
        "import sys, threading, time\n"
        "threading.stack_size(65536)\n"
        "stop = threading.Event()\n"
        "threads = [threading.Thread(target=stop.wait) for _ in range(int(sys.argv[1]))]\n"
        "for t in threads: t.start()\n"
        "print('ready', len(threads), flush=True)\n"
        "end = time.monotonic() + 2\n"
        "while time.monotonic() < end: sum(range(10_000))\n"
        "stop.set()\n"
        "for t in threads: t.join()\n"
        "print('over')\n"
    )
    recorded = record([python, "-c", program, 4000])
    assert recorded.status == 0, recorded.stderr
    assert recorded.lines == ["ready 4000", "over"]
    assert recorded.report["summary"]["threads"] > 3900


STRANGE = "\x1b[31mred\x07\n<script>alert(1)</script>\u202e\u2028 'quote\" &"


def strange_program():
    return (
        "import ctypes, sys, threading, time\n"
        "libc = ctypes.CDLL(None)\n"
        "libc.prctl(15, b'\\x1b[2J\\n<script>', 0, 0, 0)\n"
        "def busy():\n"
        "    libc.prctl(15, b'\\x1b]0;x\\x07</script>', 0, 0, 0)\n"
        "    end = time.monotonic() + 1.5\n"
        "    while time.monotonic() < end: sum(range(10_000))\n"
        "name = '<img src=x onerror=alert(2)>\\x1b[1m\\n'\n"
        "scope = {'busy': busy}\n"
        "file = '</script><script>alert(3)</script>\\x1b[5m'\n"
        "code = compile('def f():\\n    busy()\\n', file, 'exec')\n"
        "exec(code, scope)\n"
        "f = scope['f']\n"
        "f.__code__ = f.__code__.replace(co_name=name)\n"
        "t = threading.Thread(target=f); t.start(); t.join()\n"
    )


def test_names_and_arguments_with_escapes_and_markup(corewise, record, run, python, tmp_path):
    recorded = record([python, "-c", strange_program(), STRANGE])
    assert recorded.status == 0, recorded.stderr
    assert b"\x1b" not in recorded.stderr
    text = run("report", recorded.path)
    assert text.returncode == 0
    for stream in (text.stdout, text.stderr):
        assert b"\x1b" not in stream
        assert b"\x07" not in stream
        assert "\u202e".encode() not in stream, "a right-to-left override reached the terminal"
    page = tmp_path / "page.html"
    assert run("report", recorded.path, "--html", page).returncode == 0
    html = page.read_text()
    for raw in ("<script>alert", "<img src=x", "</script><script>alert"):
        assert raw not in html
    assert html.count("</script>") == html.lower().count("<script"), "a script element was broken"
    # JSON carries them as they were.
    command = recorded.report["recording"]["command"]
    assert command[-1] == STRANGE
    for option in ("--speedscope", "--chrome-trace", "--firefox"):
        out = tmp_path / "out.json"
        assert run("report", recorded.path, option, out).returncode == 0
        data = out.read_bytes()
        if data[:2] == b"\x1f\x8b":
            import gzip

            data = gzip.decompress(data)
        json.loads(data)


def test_arguments_that_are_not_utf8(record, run):
    recorded = record(["sh", "-c", 'printf %s "$1" | od -An -tx1', "sh", "a"])
    assert recorded.stdout.strip() == b"61"
    result = subprocess.run(
        [
            recorded.corewise.encode(),
            b"record",
            b"-q",
            b"-o",
            os.fsencode(recorded.path),
            b"--",
            b"sh",
            b"-c",
            b'printf %s "$1" | od -An -tx1',
            b"sh",
            b"\xff\xfe\x80",
        ],
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert result.stdout.split() == [b"ff", b"fe", b"80"]
    assert run("report", recorded.path, "--json", "-").returncode == 0


def test_very_long_arguments(record):
    recorded = record(["true", *["x" * 100_000] * 5])
    assert recorded.status == 0
    assert len(recorded.report["recording"]["command"]) == 6
