"""One launch: a worker process under a setting, its times, its CPU time, and its end."""

import contextlib
import ctypes
import dataclasses
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import time

from settings import environment

PR_SET_CHILD_SUBREAPER = 36
WORKER = pathlib.Path(__file__).resolve().parent / "worker.py"


@dataclasses.dataclass(frozen=True)
class Launch:
    row: str
    setting: str
    round: int
    status: str
    """`ok`, `limit` (stopped at the time limit, before one iteration was over) or `failed`."""
    seconds: list[float]
    checksum: float | None
    cpu: float
    """CPU seconds of the whole launch with all its processes: imports and warm-up too."""
    message: str = ""


@dataclasses.dataclass(frozen=True)
class Launcher:
    corewise: str
    run_options: list[str]
    cores: int
    limit: float
    stop_after: float

    def command(self, row, setting):
        command = [sys.executable, str(WORKER), row.workload.name]
        command += ["--libraries", ",".join(row.workload.libraries)]
        command += ["--cores", str(self.cores), "--stop-after", str(self.stop_after)]
        if setting.by_hand:
            command.append("--by-hand")
        if setting.governed:
            command = [self.corewise, "run", *self.run_options, "--", *command]
        return command

    def check(self):
        """Ends the benchmark now if corewise cannot run a program at all."""
        command = [self.corewise, "run", *self.run_options, "--", sys.executable, "-c", ""]
        if subprocess.run(command, stdin=subprocess.DEVNULL).returncode:
            words = " ".join(command[:-3])
            hint = "hint: --settings a,b,c leaves it out, --run-options sets its options"
            sys.exit(f"error: {words} fails\n{hint}")

    def launch(self, row, setting, round_number):
        before = _children_cpu()
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            process = subprocess.Popen(
                self.command(row, setting),
                env=environment(os.environ, setting, row.grown),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=errors,
                start_new_session=True,
            )
            late = False
            try:
                process.wait(self.limit)
            except subprocess.TimeoutExpired:
                late = True
            finally:
                # Workers too: none may disturb the next launch.
                _end_session(process)
            output.seek(0)
            lines = _lines(output.read())
            errors.seek(0)
            message = errors.read().decode(errors="replace").strip()[-2000:]
        done = [line for line in lines if "seconds" in line]
        status = "ok" if done else "limit"
        if not late and (process.returncode or not done):
            status = "failed"
        return Launch(
            row=row.name,
            setting=setting.key,
            round=round_number,
            status=status,
            seconds=[line["seconds"] for line in done],
            checksum=done[-1]["checksum"] if done else None,
            cpu=_children_cpu() - before,
            message=f"status {process.returncode}: {message}" if status == "failed" else "",
        )


def _children_cpu():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _lines(output):
    """The worker's JSON lines; the last may be cut, and libraries may print what they like."""
    lines = []
    for line in output.decode(errors="replace").splitlines():
        with contextlib.suppress(ValueError):
            value = json.loads(line)
            if isinstance(value, dict):
                lines.append(value)
    return lines


def _end_session(process):
    """Ends what is left of the launch's session, whatever process groups it made."""
    end = time.monotonic() + 10
    while members := _members(process.pid):
        for pid in members:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if time.monotonic() > end:
            sys.exit(f"error: processes {members} cannot be killed")
        time.sleep(0.01)
    process.wait()
    _reap()


def _reap():
    """Waits for the launch's orphans too: CPU time counts only once it has been waited for."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def adopt_orphans():
    """Makes workers whose parent has ended this process's children."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _members(session):
    """Processes of the session that are still alive."""
    members = []
    for folder in pathlib.Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == session and fields[0] not in "ZX":
                members.append(int(folder.name))
    return members
