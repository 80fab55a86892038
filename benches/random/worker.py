"""One contestant: times calls that fill memory with random numbers, as `run.py` asks.

Reads lines `prepare METHOD N`, `time CALLS`, `release` (words parted by tabs); answers each with
nanoseconds or `ok`, or with `none` where the contestant has no such method. N = 0 is one value
without an array.
"""

import ctypes
import itertools
import mmap
import os
import sys
import threading
import time

import numpy as np

OUT = {
    "random": "random",
    "normal": "standard_normal",
    "exponential": "standard_exponential",
}


def of_generator(rng, method, n):
    """A call of NumPy's interface: into memory that is used again, where the method has `out=`."""
    name, _, kind = method.partition(" ")
    fill = getattr(rng, OUT.get(name, ""), None)
    if kind == "new array":
        return lambda: fill(n)
    if fill and n == 0:
        return fill
    if fill:
        dtype = np.float32 if kind else np.float64
        out = np.zeros(n, dtype)
        return lambda: fill(dtype=dtype, out=out)
    size = n or None
    if name == "gamma":
        if n == 0:
            return lambda: rng.standard_gamma(3.0)
        out = np.zeros(n)
        return lambda: rng.standard_gamma(3.0, out=out)
    if name == "shuffle":
        values = np.arange(max(n, 1))
        return lambda: rng.shuffle(values)
    return {
        "integers": lambda: rng.integers(0, 100, size),
        "lognormal": lambda: rng.lognormal(0.0, 1.0, size),
        "poisson": lambda: rng.poisson(50.0, size),
    }[name]


def numpy_generator():
    return lambda method, n: of_generator(np.random.Generator(np.random.PCG64(1)), method, n)


def corewise_generator(threads):
    from corewise import random

    rng = random.Generator(random.PCG64(1), threads=int(threads) or None)
    return lambda method, n: of_generator(rng, method, n)


def randomgen_generator(name):
    import randomgen

    rng = np.random.Generator(getattr(randomgen, name)(1))
    return lambda method, n: of_generator(rng, method, n)


def parallel_numpy_rng(threads):
    import parallel_numpy_rng as package

    count = int(threads) or len(os.sched_getaffinity(0))
    rng = package.MTGenerator(np.random.PCG64(1), nthread=count)

    def make(method, n):
        name, _, kind = method.partition(" ")
        fill = getattr(rng, OUT.get(name, ""), None)
        if fill is None or n == 0:
            return None
        if kind == "new array":
            return lambda: fill(n)
        dtype = np.float32 if kind else np.float64
        out = np.zeros(n, dtype)
        return lambda: fill(n, out=out, dtype=dtype)

    return make


def mkl_random(name):
    """It has no `out=`: each call makes a new array."""
    import mkl_random as package

    rng = package.MKLRandomState(1, brng=name)

    def make(method, n):
        size = n or None
        if method == "shuffle":
            values = np.arange(max(n, 1))
            return lambda: rng.shuffle(values)
        return {
            "random": lambda: rng.random_sample(size),
            "random new array": lambda: rng.random_sample(size),
            "normal": lambda: rng.standard_normal(size, method="ICDF"),
            "normal new array": lambda: rng.standard_normal(size, method="ICDF"),
            "exponential": lambda: rng.standard_exponential(size),
            "exponential new array": lambda: rng.standard_exponential(size),
            "integers": lambda: rng.randint(0, 100, size),
            "lognormal": lambda: rng.lognormal(0.0, 1.0, size),
            "gamma": lambda: rng.standard_gamma(3.0, size),
            "poisson": lambda: rng.poisson(50.0, size),
        }.get(method)

    return make


def memory(threads):
    """What writing the result alone takes: `memset` of memory in use, or of fresh pages."""
    libc = ctypes.CDLL(None)
    libc.memset.argtypes = ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t
    count = int(threads) or len(os.sched_getaffinity(0))

    def write(address, length):
        if count == 1:
            libc.memset(address, 1, length)
            return
        step = -(-length // count)
        parts = [(begin, min(step, length - begin)) for begin in range(0, length, step)]
        workers = [
            threading.Thread(target=libc.memset, args=(address + begin, 1, some))
            for begin, some in parts[1:]
        ]
        for worker in workers:
            worker.start()
        libc.memset(address, 1, parts[0][1])
        for worker in workers:
            worker.join()

    def fresh(length):
        with mmap.mmap(-1, length, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS) as pages:
            pages.madvise(mmap.MADV_HUGEPAGE)  # as NumPy's allocator asks
            view = ctypes.c_char.from_buffer(pages)
            write(ctypes.addressof(view), length)
            del view

    def make(method, n):
        # Below that, calling from Python is what takes the time, and threads do not pay.
        if n < 10_000 or (count > 1 and n < 1_000_000) or "shuffle" in method:
            return None
        length = n * (4 if "f32" in method else 8)
        if "new array" in method:
            return lambda: fresh(length)
        out = np.zeros(length, np.uint8)
        return lambda out=out: write(out.ctypes.data, length)

    return make


# Nanoseconds. A process that slept finds its caches cold and the other CPUs asleep, and the kernel
# of a virtual machine may run all its threads on one CPU at first.
WARM = 20_000_000

CONTESTANTS = {
    "numpy": numpy_generator,
    "corewise": corewise_generator,
    "randomgen": randomgen_generator,
    "parallel-numpy-rng": parallel_numpy_rng,
    "mkl_random": mkl_random,
    "memory": memory,
}


def timed(call, calls):
    """Nanoseconds of so many calls, after others for `WARM`."""
    begin = time.perf_counter_ns()
    while time.perf_counter_ns() - begin < WARM:
        call()
    begin = time.perf_counter_ns()
    for _ in itertools.repeat(None, calls):
        call()
    return time.perf_counter_ns() - begin


def main():
    kind, *arguments = sys.argv[1:]
    make = CONTESTANTS[kind](*arguments)
    call = None
    for line in sys.stdin:
        verb, *words = line.rstrip("\n").split("\t")
        if verb == "prepare":
            call = None
            call = make(words[0], int(words[1]))
            answer = "none" if call is None else "ok"
        elif verb == "time":
            answer = timed(call, int(words[0]))
        else:
            call = None
            answer = "ok"
        print(answer, flush=True)


if __name__ == "__main__":
    main()
