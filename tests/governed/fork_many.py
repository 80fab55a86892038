"""More processes than a session has room for compute at the same time."""

import os

import look
import numpy as np

COUNT = 280
A = np.ones((120, 120))
A @ A
said, say = os.pipe()
wait, go = os.pipe()
children = []
for _ in range(COUNT):
    pid = os.fork()
    if pid == 0:
        os.close(go)
        right = (A @ A == 120).all()
        os.write(say, b"1" if right else b"0")
        # Until all have computed.
        os.read(wait, 1)
        os._exit(0 if (A @ A == 120).all() else 1)
    children.append(pid)
answers = b""
while len(answers) < COUNT:
    answers += os.read(said, COUNT)
os.close(go)
ends = [look.end_of(pid) for pid in children]
for _ in range(1000):
    A @ A
    used = look.number_of("numpy")
    if used == 2:
        break
    os.sched_yield()
look.say(right=answers == b"1" * COUNT, ends=sorted(set(ends)), used=used)
