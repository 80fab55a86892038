"""One thread ends, another has begun, and the process forks, between two looks of a recorder."""

import os
import threading
import time

import stage

stage.ready()
relay = []
ends = threading.Event()
thread = threading.Thread(target=ends.wait)
thread.start()
for _ in range(20):
    time.sleep(0.05)
    following = threading.Event()
    successor = threading.Thread(target=following.wait)
    successor.start()
    ends.set()
    thread.join()
    child = os.fork()
    if child == 0:
        time.sleep(0.1)
        os._exit(0)
    relay.append({"thread": successor.native_id, "child": child})
    os.waitpid(child, 0)
    thread, ends = successor, following
ends.set()
thread.join()
stage.finish(relay=relay)
