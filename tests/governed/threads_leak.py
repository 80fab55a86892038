"""Says what share is left after others have left the session in the middle of their calls."""

import os
import subprocess
import sys
import time

import look
import numpy as np

A = np.ones((300, 300))
folder = os.path.dirname(os.path.abspath(__file__))
path = os.environ["COREWISE_SESSION"]
command = [sys.executable, os.path.join(folder, "threads_leaving.py"), "200", path]
ends = [subprocess.run(command, timeout=40, check=False).returncode for _ in range(2)]
deadline = time.monotonic() + 2
while True:
    A @ A
    used = look.number_of("numpy")
    if used == 2 or time.monotonic() > deadline:
        break
    time.sleep(0.01)
look.say(ends=ends, used=used)
