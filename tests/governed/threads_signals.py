"""Signal handlers that compute while the program computes."""

import signal
import threading
import time

import look
import numpy as np

import corewise

A = np.random.default_rng(0).standard_normal((200, 200))
PRODUCT, SOLUTION = A @ A, np.linalg.solve(A, A)
corewise.govern(cores=2)
came = []
wrong = []


def check():
    if not np.allclose(A @ A, PRODUCT) or not np.allclose(np.linalg.solve(A, A), SOLUTION):
        wrong.append(1)


def handle(number, frame):
    came.append(number)
    check()


def compute():
    for _ in range(100):
        check()


signal.signal(signal.SIGUSR1, handle)
signal.signal(signal.SIGVTALRM, handle)
signal.setitimer(signal.ITIMER_VIRTUAL, 0.003, 0.003)
others = [threading.Thread(target=compute) for _ in range(2)]
for thread in others:
    thread.start()
deadline = time.monotonic() + 20
while len(came) < 60 and time.monotonic() < deadline:
    signal.raise_signal(signal.SIGUSR1)
    check()
for thread in others:
    thread.join()
signal.setitimer(signal.ITIMER_VIRTUAL, 0)
check()
look.say(came=len(came), kinds=sorted(set(came)), wrong=wrong, used=look.number_of("numpy"))
