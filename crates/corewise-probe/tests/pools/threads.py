"""Starts three Python threads, and says `ready` when they run."""

import sys
import threading

end = threading.Event()
barrier = threading.Barrier(4)


def wait():
    barrier.wait()
    end.wait()


for _ in range(3):
    thread = threading.Thread(target=wait)
    thread.daemon = True
    thread.start()
barrier.wait()
print("ready {}".format(".".join(map(str, sys.version_info[:3]))))
sys.stdout.flush()
sys.stdin.read()
