"""Shares a session with a child that is killed in the middle of BLAS; says how soon the child's
cores are this process's again."""

import os
import signal
import subprocess
import sys
import threading
import time

import look
import numpy as np

MEMORY = 0.512
"""For so many seconds callers are remembered (docs/governor.md)."""

A = np.ones((200, 200))


def compute():
    while True:
        A @ A


def child():
    for _ in range(4):
        threading.Thread(target=compute, daemon=True).start()
    A @ A
    print("ready", flush=True)
    compute()


def share():
    A @ A
    return look.number_of("numpy")


def until(wanted, seconds):
    begin = time.monotonic()
    while share() != wanted:
        if time.monotonic() - begin > seconds:
            return None
        time.sleep(0.001)
    return time.monotonic() - begin


def main():
    alone = share()
    regained = []
    for _ in range(3):
        other = subprocess.Popen(
            [sys.executable, __file__, "child"], stdout=subprocess.PIPE, text=True
        )
        assert other.stdout.readline() == "ready\n"
        # It shares: with five callers on a budget of two, one core is this process's.
        shared = until(1, 10)
        how = getattr(signal, sys.argv[1])
        other.send_signal(how)
        if how != signal.SIGSTOP:
            other.wait(20)
        regained.append(until(2, 10))
        if how == signal.SIGSTOP:
            other.kill()
            other.wait(20)
        if shared is None:
            regained.append("never shared")
    # Short regions remember the callers of the last half second, and how long a region is depends
    # on how busy the machine is.
    end = time.monotonic() + MEMORY
    while time.monotonic() < end:
        share()
    steady = [share() for _ in range(50)]
    look.say(
        alone=alone, regained=regained, steady=min(steady), path=os.environ["COREWISE_SESSION"]
    )


child() if sys.argv[1] == "child" else main()
