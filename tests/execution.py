"""Running commands in tests: a clean environment, a limit on time, nothing waited for in hope."""

import os
import subprocess
import time

# The longest that one command may take before it counts as hung: far above what any needs, also on
# a busy machine.
PATIENCE = 100

STEERING = ("COREWISE_", "OMP_", "KMP_", "GOMP_", "SLURM_", "NUMBA_")


def clean_environment(**more):
    """The environment without anything that sizes pools or steers corewise, with `more` added."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.endswith(("_NUM_THREADS", "_CPU_COUNT")) and not name.startswith(STEERING)
    }
    kept["PYTHONDONTWRITEBYTECODE"] = "1"
    kept.update({name: str(value) for name, value in more.items()})
    return kept


def execute(*command, **more):
    """Runs a command to its end and captures what it prints; any status is fine."""
    more.setdefault("env", clean_environment())
    more.setdefault("timeout", PATIENCE)
    if "stdout" not in more and "stderr" not in more:
        more["capture_output"] = True
    words = [word if isinstance(word, bytes) else str(word) for word in command]
    return subprocess.run(words, check=False, **more)


def read_until(stream, line):
    """Reads whole lines until one is `line` and returns those before it; the end fails."""
    seen = []
    while True:
        got = stream.readline()
        if not got:
            raise AssertionError(f"the program ended before it said {line!r}: {seen}")
        if got.rstrip(b"\r\n") == line:
            return seen
        seen.append(got)


def wait_until(condition, what, patience=PATIENCE):
    """Polls for something that another process does and that nothing announces."""
    end = time.monotonic() + patience
    while not condition():
        assert time.monotonic() < end, f"waited {patience} s in vain for: {what}"
        time.sleep(0.01)
