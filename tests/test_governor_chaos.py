"""Everything at once, at random, for five seconds; `COREWISE_CHAOS_SECONDS` makes it longer.

`COREWISE_CHAOS_SEED` repeats a run's choices (not its timing).
"""

import os
import random

import pytest

from execution import clean_environment
from governed.compiling import library
from governed.running import corewise_run, program, run, told

SECONDS = float(os.environ.get("COREWISE_CHAOS_SECONDS", "5"))


@pytest.mark.timeout(SECONDS + 120)
def test_chaos(corewise, python, record_property):
    seed = int(os.environ.get("COREWISE_CHAOS_SEED") or random.randrange(1 << 32))
    print(f"COREWISE_CHAOS_SEED={seed}")
    record_property("seed", seed)
    words = [*corewise_run(corewise, "--cores", "2"), python, program("chaos")]
    environment = clean_environment(OPENBLAS_NUM_THREADS=2, OMP_NUM_THREADS=4)
    result = run(*words, seed, SECONDS, library("team"), env=environment, patience=SECONDS + 90)
    facts = told(result)
    print(facts["done"])
    assert facts["problems"] == []
    assert facts["stuck"] == [False] * 3
    assert facts["used"] == 2
    assert facts["before"] == facts["after"]
    assert facts["active"] is True
    assert result.stderr == b""
