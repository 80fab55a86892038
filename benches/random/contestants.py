"""Who fills the memory: processes that answer `run.py`, each in its own interpreter."""

import dataclasses
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TARGET = HERE.parent.parent / "target"
RIVALS = TARGET / "bench-random"
RUST = TARGET / "bench-rand"

REQUIREMENTS = ("numpy=={}", "parallel-numpy-rng==0.2.0", "randomgen==2.5.1", "mkl_random==1.5.0")


@dataclasses.dataclass(frozen=True)
class Contestant:
    """A column of the tables."""

    title: str
    words: tuple[str, ...]
    """What `worker.py` is given; none: the Rust program."""
    rival: bool = False
    """Runs in the virtual environment of the rivals."""
    simd: str | None = None
    """COREWISE_SIMD."""

    def command(self):
        if not self.words:
            return [str(RUST / "release" / "bench-rand")]
        python = RIVALS / "bin" / "python" if self.rival else sys.executable
        return [str(python), str(HERE / "worker.py"), *self.words]


NUMPY = Contestant("NumPy", ("numpy",))
ONE = Contestant("corewise, 1 thread", ("corewise", "1"))
ALL = Contestant("corewise, all threads", ("corewise", "0"))
SCALAR = Contestant("corewise, 1 thread, no SIMD", ("corewise", "1"), simd="scalar")
AVX2 = Contestant("corewise, 1 thread, AVX2", ("corewise", "1"), simd="avx2")
AVX2_ALL = Contestant("corewise, all threads, AVX2", ("corewise", "0"), simd="avx2")
MEMORY_ONE = Contestant("memory, 1 thread", ("memory", "1"))
MEMORY_ALL = Contestant("memory, all threads", ("memory", "0"))
RIVAL = (
    Contestant("parallel-numpy-rng, 1 thread", ("parallel-numpy-rng", "1"), rival=True),
    Contestant("parallel-numpy-rng, all threads", ("parallel-numpy-rng", "0"), rival=True),
    Contestant("randomgen Xoshiro256", ("randomgen", "Xoshiro256"), rival=True),
    Contestant("mkl_random SFMT19937", ("mkl_random", "SFMT19937"), rival=True),
    Contestant("rand_pcg Pcg64, rand_distr", ()),
)
EVERY = (NUMPY, ONE, ALL, AVX2, AVX2_ALL, SCALAR, *RIVAL, MEMORY_ONE, MEMORY_ALL)


def install(numpy_version):
    """Makes the rivals' virtual environment and builds the Rust program, once."""
    python = RIVALS / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", str(RIVALS)], check=True)
    wanted = [requirement.format(numpy_version) for requirement in REQUIREMENTS]
    subprocess.run([str(python), "-m", "pip", "install", "--quiet", *wanted], check=True)
    command = ["cargo", "build", "--release", "--quiet", "--target-dir", str(RUST)]
    subprocess.run(command, check=True, cwd=HERE / "rust")


class Running:
    """A contestant's process."""

    def __init__(self, contestant):
        self.contestant = contestant
        environment = {**os.environ}
        environment.pop("COREWISE_SIMD", None)
        if contestant.simd:
            environment["COREWISE_SIMD"] = contestant.simd
        self._process = subprocess.Popen(
            contestant.command(),
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def _ask(self, *words):
        self._process.stdin.write("\t".join(map(str, words)) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline().strip()
        if not answer:
            raise SystemExit(f"error: {self.contestant.title} ended while it was asked {words}")
        return answer

    def prepare(self, method, n):
        """Whether there is such a method."""
        return self._ask("prepare", method, n) == "ok"

    def time(self, calls):
        """Nanoseconds of so many calls."""
        return int(self._ask("time", calls))

    def release(self):
        """Gives the memory back."""
        self._ask("release")

    def end(self):
        self._process.stdin.close()
        self._process.wait()
