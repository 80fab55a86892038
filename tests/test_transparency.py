"""The user's program is never harmed: under `record` it runs as it does without.

Where it can be compared, the same program runs once alone and once recorded, and both say the same.
"""

import json
import os
import re
import resource
import signal
import subprocess
import time

import pytest

from execution import PATIENCE, clean_environment, execute, read_until, wait_until
from terminal import Terminal


@pytest.fixture
def both(corewise, tmp_path):
    """A function: runs a command alone and recorded, returns both results."""

    def run(command, **more):
        command = list(map(str, command))
        more = {"capture_output": True, "timeout": PATIENCE, "env": clean_environment(), **more}
        alone = subprocess.run(command, check=False, **more)
        prefix = [corewise, "record", "--quiet", "-o", str(tmp_path / "both.corewise"), "--"]
        recorded = subprocess.run(prefix + command, check=False, **more)
        return alone, recorded

    return run


@pytest.fixture
def terminal():
    """A function: starts a command on a new terminal."""
    opened = []

    def start(command, **more):
        more.setdefault("env", clean_environment(TERM="xterm"))
        opened.append(Terminal(command, **more))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


# ---- exit status ----


def test_every_exit_code(corewise, tmp_path):
    wrong = {}
    for code in range(256):
        result = subprocess.run(
            [
                corewise,
                "record",
                "--quiet",
                "-o",
                str(tmp_path / "x.corewise"),
                "--",
                "sh",
                "-c",
                f"exit {code}",
            ],
            capture_output=True,
            timeout=PATIENCE,
            check=False,
            env=clean_environment(),
        )
        if result.returncode != code:
            wrong[code] = result.returncode
    assert not wrong


@pytest.mark.parametrize(
    "name",
    [
        "SIGHUP",
        "SIGINT",
        "SIGQUIT",
        "SIGILL",
        "SIGABRT",
        "SIGFPE",
        "SIGKILL",
        "SIGSEGV",
        "SIGPIPE",
        "SIGALRM",
        "SIGTERM",
        "SIGUSR1",
        "SIGBUS",
        "SIGSYS",
    ],
)
def test_a_program_ended_by_a_signal(record, name):
    number = getattr(signal, name)
    recorded = record(["sh", "-c", f"ulimit -c 0; kill -{name[3:]} $$; exit 99"])
    assert recorded.status == 128 + number
    # As waitpid has it: the low seven bits are the signal.
    assert recorded.report["recording"]["status"] & 0x7F == number


def test_a_python_exception_looks_the_same(both, python):
    alone, recorded = both([python, "-c", "def f(): raise ValueError('x')\nf()"])
    assert recorded.returncode == alone.returncode == 1
    assert recorded.stderr == alone.stderr


# ---- input and output ----


def test_input_and_output_are_byte_for_byte_the_same(both):
    data = bytes(range(256)) * 4096
    alone, recorded = both(["cat"], input=data)
    assert recorded.stdout == alone.stdout == data
    assert recorded.stderr == alone.stderr == b""


def test_standard_error_is_the_same(both, python):
    program = (
        "import os\n"
        "os.write(2, bytes(range(256)) * 100)\n"
        "os.write(1, bytes(range(255, -1, -1)) * 100)\n"
    )
    alone, recorded = both([python, "-c", program])
    assert recorded.stdout == alone.stdout
    assert recorded.stderr == alone.stderr


def test_without_quiet_the_summary_comes_after_the_program_s_own_output(record):
    recorded = record(["sh", "-c", "echo out; echo error >&2"])
    assert recorded.stdout == b"out\n"
    assert recorded.stderr.startswith(b"error\n")
    assert len(recorded.stderr) > len(b"error\n")
    assert b"\x1b" not in recorded.stderr


def test_end_of_input_reaches_the_program(both, python):
    alone, recorded = both(
        [python, "-c", "import sys; print(len(sys.stdin.buffer.read()))"], input=b""
    )
    assert recorded.stdout == alone.stdout == b"0\n"


def test_input_is_not_read_ahead(corewise, tmp_path):
    # A shell loop reads its lines from the same descriptor after the recorded command.
    line = f'"{corewise}" record --quiet -o "{tmp_path}/x.corewise" -- head -c 2 >/dev/null; cat'
    result = subprocess.run(
        ["sh", "-c", line.replace("head -c 2", "dd bs=1 count=2 status=none")],
        input=b"ab\nrest\n",
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert result.stdout == b"\nrest\n"


def test_a_closed_pipe_ends_the_program_as_without(corewise, tmp_path):
    end = f'"{corewise}" record --quiet -o "{tmp_path}/x.corewise" -- yes; echo $? >&2'
    result = subprocess.run(
        ["bash", "-c", f"({end}) | head -1"],
        capture_output=True,
        timeout=PATIENCE,
        check=False,
        env=clean_environment(),
    )
    assert result.stdout == b"y\n"
    assert result.stderr.strip() == str(128 + signal.SIGPIPE).encode()


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-"])
def test_a_closed_standard_descriptor(corewise, tmp_path, closed):
    """It is closed for the program too, or leads to /dev/null: never to a file of corewise's."""
    show = 'for fd in 0 1 2; do readlink /proc/$$/fd/$fd || echo /dev/null; done >"$0"; exit 5'
    seen = []
    for name, prefix in (("alone", ""), ("recorded", f"{corewise} record -q -o x.corewise -- ")):
        result = execute("sh", "-c", f"{prefix}sh -c '{show}' {name} {closed}", cwd=tmp_path)
        assert result.returncode == 5, result.stderr
        lines = (tmp_path / name).read_text().splitlines()
        seen.append([re.sub(r":\[\d+\]|/alone$|/recorded$", "", line) for line in lines])
    assert seen[0] == seen[1]


# ---- what the program sees of its world ----

WORLD = (
    # Not Python: its interpreter changes signal dispositions itself.
    (
        "signals",
        [
            "grep",
            "-E",
            "^(Sig|Shd|NoNew|Seccomp|Cap|Umask|TracerPid|Cpus_allowed)",
            "/proc/self/status",
        ],
    ),
    ("environment", ["env", "-0"]),
    ("limits", ["cat", "/proc/self/limits"]),
    ("directory", ["pwd", "-P"]),
    ("descriptors", ["sh", "-c", "cd /proc/self/fd; echo *"]),
    ("priority", ["sh", "-c", "cut -d' ' -f18,19 /proc/self/stat; cat /proc/self/oom_score_adj"]),
    ("scheduler", ["sh", "-c", "cut -d' ' -f40,41 /proc/self/stat"]),
    ("timer slack", ["sh", "-c", "cat /proc/$$/timerslack_ns"]),
    ("personality", ["cat", "/proc/self/personality"]),
    ("cgroup", ["cat", "/proc/self/cgroup"]),
    ("namespaces", ["sh", "-c", "cd /proc/self/ns; for n in *; do readlink $n; done"]),
    ("arguments", ["sh", "-c", "tr '\\0' '|' </proc/$$/cmdline", "zero", "", "a b", "*", "\n"]),
    ("group and session", ["sh", "-c", "cut -d' ' -f5,6,7,8 /proc/self/stat"]),
)


@pytest.mark.parametrize(("what", "command"), WORLD, ids=[what for what, _ in WORLD])
def test_the_program_sees_the_same_world(both, what, command, tmp_path):
    alone, recorded = both(command, cwd=tmp_path)
    assert recorded.returncode == alone.returncode == 0, recorded.stderr
    assert recorded.stdout == alone.stdout


STATE = ["grep", "-E", "^(SigBlk|SigIgn|SigCgt|Umask)", "/proc/self/status"]


def test_inherited_settings_are_passed_on(both):
    def settings():
        os.umask(0o027)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2, signal.SIGTERM})
        resource.setrlimit(resource.RLIMIT_NOFILE, (200, 300))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.nice(3)

    for command in (STATE, ["cat", "/proc/self/limits"], ["nice"]):
        alone, recorded = both(command, preexec_fn=settings)
        assert alone.returncode == 0
        assert recorded.stdout == alone.stdout


@pytest.mark.xfail(reason="Rust's runtime and CPython replace SIGPIPE before corewise can look")
def test_an_ignored_sigpipe_stays_ignored(both):
    def settings():
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)

    alone, recorded = both(STATE, preexec_fn=settings, restore_signals=False)
    assert recorded.stdout == alone.stdout


def test_an_inherited_descriptor_reaches_the_program(both):
    read, write = os.pipe()
    try:
        alone, recorded = both(
            ["bash", "-c", f"echo here >&{write}; cd /proc/self/fd; echo *"], pass_fds=[write]
        )
        assert recorded.stdout == alone.stdout
        os.close(write)
        with open(read, "rb", closefd=False) as stream:
            assert stream.read() == b"here\nhere\n"
    finally:
        os.close(read)


def test_relative_programs_and_paths(both, tmp_path):
    tool = tmp_path / "tool"
    tool.write_text('#!/bin/sh\necho "$0" "$PWD"\n')
    tool.chmod(0o755)
    for command in (["./tool"], [f"../{tmp_path.name}/tool"]):
        alone, recorded = both(command, cwd=tmp_path)
        assert recorded.stdout == alone.stdout
    found = clean_environment(PATH=f"{tmp_path}:{os.environ['PATH']}")
    alone, recorded = both(["tool"], cwd="/", env=found)
    assert recorded.stdout == alone.stdout


# ---- signals ----

TELLS = """
import signal, sys, time
# The handler itself must not print: it may interrupt a print.
came = []
told = 0
def note(number, frame):
    came.append(number)
def tell():
    global told
    while told < len(came):
        print("got", signal.Signals(came[told]).name, flush=True)
        told += 1
for name in sys.argv[2:]:
    signal.signal(getattr(signal, name), note)
print("ready", flush=True)
until = int(sys.argv[1])
while told < until:
    time.sleep(0.02)
    tell()
# A signal that came twice would come now.
end = time.monotonic() + 0.5
while (left := end - time.monotonic()) > 0:
    time.sleep(left)
tell()
print("in all", told, flush=True)
sys.exit(7)
"""


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGQUIT"])
def test_a_signal_to_corewise_reaches_the_program_once(corewise, python, started, tmp_path, name):
    process = started(
        [
            corewise,
            "record",
            "-q",
            "-o",
            tmp_path / "x.corewise",
            "--",
            python,
            "-c",
            TELLS,
            "1",
            name,
        ]
    )
    process.send_signal(getattr(signal, name))
    out, _ = process.communicate(timeout=PATIENCE)
    assert out == f"got {name}\nin all 1\n".encode()
    assert process.returncode == 7


def test_sigterm_without_a_handler(corewise, python, started, tmp_path):
    program = "import signal; print('ready', flush=True); signal.pause()"
    path = tmp_path / "x.corewise"
    process = started([corewise, "record", "-o", path, "--", python, "-c", program])
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=PATIENCE)
    assert process.returncode == 128 + signal.SIGTERM
    check = subprocess.run(
        [corewise, "report", str(path), "--json", "-"], capture_output=True, check=False
    )
    assert json.loads(check.stdout)["recording"]["complete"] is True


def test_ctrl_c_reaches_the_program_once(corewise, python, terminal, tmp_path):
    shown = terminal(
        [
            corewise,
            "record",
            "-o",
            tmp_path / "x.corewise",
            "--",
            python,
            "-c",
            TELLS,
            "1",
            "SIGINT",
        ]
    )
    shown.expect(b"ready")
    shown.send(b"\x03")
    shown.expect(b"got SIGINT")
    shown.expect(b"in all 1")
    assert shown.wait() == 7


def test_ctrl_c_ends_a_program_without_a_handler(corewise, python, terminal, tmp_path):
    program = "import signal; print('ready', flush=True); signal.pause()"
    shown = terminal(
        [corewise, "record", "-o", tmp_path / "x.corewise", "--", python, "-c", program]
    )
    shown.expect(b"ready")
    shown.send(b"\x03")
    assert shown.wait() == 128 + signal.SIGINT
    assert b"KeyboardInterrupt" in shown.output


def test_ctrl_backslash(corewise, python, terminal, tmp_path):
    shown = terminal(
        [
            corewise,
            "record",
            "-o",
            tmp_path / "x.corewise",
            "--",
            python,
            "-c",
            TELLS,
            "1",
            "SIGQUIT",
        ]
    )
    shown.expect(b"ready")
    shown.send(b"\x1c")
    shown.expect(b"in all 1")
    assert shown.wait() == 7


def test_window_size_and_its_changes(corewise, python, terminal, tmp_path):
    program = (
        "import os, signal\n"
        "signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGWINCH})\n"
        "print('size', *os.get_terminal_size(), flush=True)\n"
        "signal.sigwait({signal.SIGWINCH})\n"
        "print('size', *os.get_terminal_size(), flush=True)\n"
    )
    shown = terminal(
        [corewise, "record", "-o", tmp_path / "x.corewise", "--", python, "-c", program],
        rows=33,
        columns=101,
    )
    shown.expect(b"size 101 33")
    shown.resize(20, 60)
    shown.expect(b"size 60 20")
    assert shown.wait() == 0


def test_the_program_is_on_the_terminal(corewise, python, terminal, tmp_path):
    program = (
        "import os\n"
        "print('tty', *[os.isatty(fd) for fd in range(3)])\n"
        "print('front', os.tcgetpgrp(0) == os.getpgrp(), os.getsid(0) == os.tcgetsid(0)"
        " if hasattr(os, 'tcgetsid') else True)\n"
        "print('line', input('say: '))\n"
    )
    shown = terminal(
        [corewise, "record", "-o", tmp_path / "x.corewise", "--", python, "-c", program]
    )
    shown.expect(b"tty True True True")
    shown.expect(b"front True True")
    shown.expect(b"say: ")
    shown.send(b"hello\n")
    shown.expect(b"line hello")
    assert shown.wait() == 0


def test_stop_and_continue_from_a_shell(corewise, python, terminal, tmp_path):
    """Ctrl-Z stops recorder and program, `fg` continues both: with a real job-control shell."""
    program = tmp_path / "counts.py"
    program.write_text(
        "import signal, sys\n"
        "print('program is ' + 'ready', flush=True)\n"
        "print('read ' + sys.stdin.readline().strip(), flush=True)\n"
    )
    shell = terminal(["bash", "--norc", "--noprofile", "-i"], cwd=tmp_path)
    shell.send(b"PS1='shell'' waits> '\n")
    shell.expect(b"shell waits> ")
    shell.send(f"{corewise} record -q -o x.corewise -- {python} counts.py\n".encode())
    shell.expect(b"program is ready")
    shell.send(b"\x1a")
    shell.expect(b"Stopped")
    shell.expect(b"shell waits> ")
    shell.send(b"fg\n")
    shell.send(b"line\n")
    shell.expect(b"read line")
    shell.expect(b"shell waits> ")
    shell.send(b"echo status is $?\n")
    shell.expect(b"status is 0")
    shell.send(b"exit\n")
    shell.wait()
    check = subprocess.run(
        [corewise, "report", str(tmp_path / "x.corewise")], capture_output=True, check=False
    )
    assert check.returncode == 0, check.stderr


def test_a_status_line_on_a_terminal_only(corewise, python, terminal, tmp_path):
    program = "import time; print('ready', flush=True); time.sleep(3)"
    command = [corewise, "record", "-o", tmp_path / "x.corewise", "--", python, "-c", program]
    shown = terminal(command)
    shown.expect(b"ready")
    assert shown.wait() == 0
    piped = subprocess.run(
        list(map(str, command)),
        capture_output=True,
        timeout=PATIENCE,
        check=False,
        env=clean_environment(),
    )
    assert b"\r" not in piped.stderr
    assert b"\x1b" not in piped.stderr
    assert piped.stdout == b"ready\n"


# ---- processes ----


def test_a_process_left_behind_goes_on(corewise, python, tmp_path, started):
    left = tmp_path / "left"
    program = (
        "import os, sys, time\n"
        "if os.fork() == 0:\n"
        "    os.setsid()\n"
        "    for fd in range(3): os.close(fd)\n"
        "    open(sys.argv[1] + '.new', 'w').write(str(os.getpid()))\n"
        "    os.rename(sys.argv[1] + '.new', sys.argv[1])\n"
        "    time.sleep(300)\n"
        "    os._exit(0)\n"
        "while not os.path.exists(sys.argv[1]): time.sleep(0.01)\n"
        "print('over', flush=True)\n"
        "sys.exit(3)\n"
    )
    result = subprocess.run(
        [
            corewise,
            "record",
            "-o",
            str(tmp_path / "x.corewise"),
            "--",
            python,
            "-c",
            program,
            str(left),
        ],
        capture_output=True,
        timeout=60,
        check=False,
        env=clean_environment(),
    )
    pid = int(left.read_text())
    try:
        assert result.returncode == 3, result.stderr
        with open(f"/proc/{pid}/stat") as stat:
            assert stat.read().split()[2] in "SR"
    finally:
        os.kill(pid, signal.SIGKILL)


def test_the_program_s_parent_waits_for_its_children_itself(both, python):
    program = (
        "import os\n"
        "pid = os.fork()\n"
        "if pid == 0: os._exit(9)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))\n"
        "orphaner = os.fork()\n"
        "if orphaner == 0:\n"
        "    os.fork()\n"
        "    os._exit(0)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(orphaner, 0)[1]))\n"
        "try: os.waitpid(-1, 0)\n"
        "except ChildProcessError: print('no more')\n"
    )
    alone, recorded = both([python, "-c", program])
    assert recorded.stdout == alone.stdout


def test_a_killed_recorder_leaves_a_readable_recording(corewise, python, started, tmp_path):
    path = tmp_path / "x.corewise"
    program = (
        "import time\n"
        "print('ready', flush=True)\n"
        "start = time.monotonic()\n"
        # Half a second behind what is written each second.
        "while time.monotonic() - start < 3.5: sum(range(10000))\n"
        "print('worked', flush=True)\n"
        "while time.monotonic() - start < 7: sum(range(10000))\n"
        "print('finished', flush=True)\n"
    )
    begin = time.monotonic()
    process = started([corewise, "record", "-o", path, "--", python, "-c", program])
    ready = time.monotonic()
    read_until(process.stdout, b"worked")
    worked = time.monotonic()
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=PATIENCE) == -signal.SIGKILL
    # The program is not the recorder's to take along.
    read_until(process.stdout, b"finished")
    result = subprocess.run(
        [corewise, "report", str(path), "--json", "-"],
        capture_output=True,
        timeout=PATIENCE,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    report = json.loads(result.stdout)
    assert report["recording"]["complete"] is False
    duration = report["recording"]["duration_ns"] / 1e9
    # Up to the last second, and not beyond the kill.
    assert worked - ready - 1.0 <= duration <= time.monotonic() - begin
    text = subprocess.run(
        [corewise, "report", str(path)], capture_output=True, timeout=PATIENCE, check=False
    )
    assert text.returncode == 0
    assert text.stdout


def test_a_test_suite_behaves_the_same(both, python, tmp_path):
    suite = tmp_path / "suite"
    suite.mkdir()
    (suite / "test_suite.py").write_text(
        """
import multiprocessing, os, signal, subprocess, sys, threading, time
import pytest

def test_capture(capfd):
    os.write(1, b"x")
    subprocess.run(["echo", "y"], check=True)
    assert capfd.readouterr().out == "xy\\n"

def test_alarm():
    with pytest.raises(TimeoutError):
        def late(*_): raise TimeoutError
        signal.signal(signal.SIGALRM, late)
        signal.setitimer(signal.ITIMER_REAL, 0.05)
        signal.pause()

@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_pool(method):
    with multiprocessing.get_context(method).Pool(2) as pool:
        assert pool.map(abs, [-1, -2]) == [1, 2]

def test_threads():
    seen = []
    threads = [threading.Thread(target=seen.append, args=(k,)) for k in range(8)]
    for t in threads: t.start()
    for t in threads: t.join()
    assert sorted(seen) == list(range(8))

def test_children_are_only_ours():
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)

def test_killed_child():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"])
    child.terminate()
    assert child.wait() == -signal.SIGTERM

def test_interrupt():
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)

def test_that_fails():
    assert 1 == 2

@pytest.mark.skip
def test_skipped():
    pass
"""
    )
    # multiprocessing pools of this suite may have to wait for a resource tracker that a test's
    # waitpid(-1) must not see: the order is fixed, children first.
    alone, recorded = both(
        [
            python,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:randomly",
            "-q",
            "-rA",
            "-k",
            "not children_are_only_ours",
            ".",
        ],
        cwd=suite,
    )

    def timeless(text):
        return re.sub(rb"\d+\.\d+s|0x[0-9a-f]+", b"T", text)

    assert alone.returncode == 1, alone.stdout
    assert recorded.returncode == 1
    assert timeless(recorded.stdout) == timeless(alone.stdout)
    assert recorded.stderr == alone.stderr


def test_a_recording_does_not_outlive_its_program(corewise, python, tmp_path):
    """No process of corewise's own is left."""
    path = tmp_path / "unique-name-of-this-recording.corewise"
    result = subprocess.run(
        [corewise, "record", "-o", str(path), "--", "true"],
        capture_output=True,
        timeout=PATIENCE,
        check=False,
        env=clean_environment(),
    )
    assert result.returncode == 0

    def gone():
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                try:
                    with open(f"/proc/{entry}/cmdline", "rb") as line:
                        if path.name.encode() in line.read() and int(entry) != os.getpid():
                            return False
                except OSError:
                    continue
        return True

    wait_until(gone, "corewise's processes to end", patience=10)
