"""No NumPy: threads and serial work on any interpreter, PyPy included."""

import threading

import stage


def work():
    stage.python_thread()
    for _ in stage.rounds():
        sum(number * number for number in range(20_000))


worker = threading.Thread(target=work)
stage.ready()
worker.start()
worker.join()
stage.finish()
