"""Computes until the other one has computed too: both announce it in a folder."""

import os
import sys
import time

import look
import numpy as np

mine, other, folder = sys.argv[1:]
A = np.ones((200, 200))
right = True
calls = 0
deadline = time.monotonic() + 30
longest = 0.0
while time.monotonic() < deadline:
    begin = time.monotonic()
    right = right and bool((A @ A == 200).all())
    longest = max(longest, time.monotonic() - begin)
    calls += 1
    if calls == 100:
        open(os.path.join(folder, mine), "w").close()
    if calls > 100 and os.path.exists(os.path.join(folder, other)):
        break
met = os.path.exists(os.path.join(folder, other))
look.say(right=right, calls=calls, met=met, longest=longest, pid=os.getpid(), **look.state())
