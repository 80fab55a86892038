"""Under a deterministic session: the counts of the first process, of its child and of a fork."""

import json
import os
import subprocess
import sys

import look
import numpy as np

a = np.ones((400, 400))


def used():
    a @ a
    return look.number_of("numpy")


if len(sys.argv) > 1:
    look.say(child=used())
    raise SystemExit
seen = {"first": used()}
out = subprocess.run(
    [sys.executable, __file__, "child"], check=True, capture_output=True, timeout=50
)
seen.update(json.loads(out.stdout))
read, write = os.pipe()
pid = os.fork()
if pid == 0:
    os.write(write, b"%d" % used())
    os._exit(0)
seen["fork_end"] = look.end_of(pid)
seen["fork"] = int(os.read(read, 10))
seen["first_again"] = used()
look.say(**seen)
