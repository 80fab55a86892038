"""Pure Python threads: each waits for the GIL most of the time."""

import threading

import stage


def work():
    stage.python_thread()
    for _ in stage.rounds():
        total = 0
        for number in range(50_000):
            total += number * number


workers = [threading.Thread(target=work) for _ in range(4)]
stage.ready()
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
stage.finish()
