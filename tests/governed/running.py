"""Running the programs of this folder, with and without the governor."""

import json
import os
import pathlib
import signal
import subprocess

from execution import clean_environment

FOLDER = pathlib.Path(__file__).resolve().parent

# Longer than the programs' own watchdog (look.py), which shows stacks.
PATIENCE = 60


def program(name):
    """The path of a program of this folder."""
    return FOLDER / f"{name}.py"


def run(*command, patience=PATIENCE, **more):
    """Runs a command to its end. One that hangs is a failure, and leaves nothing behind."""
    more.setdefault("env", clean_environment())
    words = [word if isinstance(word, bytes) else str(word) for word in command]
    process = subprocess.Popen(
        words,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        **more,
    )
    try:
        out, err = process.communicate(timeout=patience)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        raise AssertionError(f"hung: {words}\n{out.decode()}\n{err.decode()}") from None
    return subprocess.CompletedProcess(words, process.returncode, out, err)


def told(result):
    """What a program said with `look.say`, as one dictionary."""
    assert result.returncode == 0, result.stderr.decode() + result.stdout.decode()
    facts = {}
    for line in result.stdout.splitlines():
        if line.startswith(b"{"):
            facts.update(json.loads(line))
    return facts


def corewise_run(corewise, *options):
    """The words before a command that is governed and not recorded."""
    return [corewise, "run", "--no-record", "--quiet", *options, "--"]
