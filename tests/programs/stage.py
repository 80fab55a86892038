"""What every test program does alike: say `ready`, work for a while, and tell the truth at the end.

The truth is what a program knows about its own threads without any tool: the threads that
`/proc/self/task` gained while one pool was warmed up belong to that pool, and Python threads know
their own numbers. `finish()` prints it as the last line, one JSON object.
"""

import contextlib
import json
import os
import resource
import threading
import time

SECONDS = float(os.environ.get("COREWISE_PROGRAM_SECONDS", "2"))

_threads = {}
_processes = {}


def tasks():
    """The numbers of this process's threads, as the kernel has them now."""
    return {int(name) for name in os.listdir("/proc/self/task")}


@contextlib.contextmanager
def pool(runtime, library):
    """Threads that appear inside belong to `runtime`, whose library's path contains `library`."""
    before = tasks()
    yield
    for tid in tasks() - before - {t.native_id for t in threading.enumerate()}:
        _threads[tid] = {"pool": runtime, "library": library}


@contextlib.contextmanager
def native(library):
    """Threads that appear inside were started by `library`, which is no runtime."""
    before = tasks()
    yield
    for tid in tasks() - before - {t.native_id for t in threading.enumerate()}:
        _threads[tid] = {"native": library}


def python_thread():
    """Called on a thread that Python started: notes its number."""
    _threads[threading.get_native_id()] = {"python": threading.current_thread().name}


def threads():
    """This process's part of the truth, to be sent to the parent by a worker."""
    _threads[os.getpid()] = {"main": True}
    return {"pid": os.getpid(), "threads": {str(tid): what for tid, what in _threads.items()}}


def worker(truth):
    """Takes what a worker process said about itself (the value of its `threads()`)."""
    _processes[truth["pid"]] = truth


def forget_inherited():
    """Called in a forked child: the parent's threads are not here."""
    _threads.clear()
    _processes.clear()


def ready():
    """Set up: whoever waits for this line may attach or send a signal now."""
    print("ready", flush=True)


def rounds(seconds=None):
    """Yields round numbers until the time is over, at least once."""
    end = time.monotonic() + (SECONDS if seconds is None else seconds)
    number = 0
    while number == 0 or time.monotonic() < end:
        yield number
        number += 1


def finish(**more):
    """Prints the truth: threads, processes, and the CPU time that the kernel charged so far."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    truth = {
        "processes": [threads(), *_processes.values()],
        "cpu_seconds": sum(u.ru_utime + u.ru_stime for u in used),
        **more,
    }
    print(json.dumps(truth), flush=True)
