"""The same bits without the machine's SIMD, and with parts of it."""

import sys

import pytest

from execution import clean_environment, execute

PROGRAM = """
import sys
import numpy as np

sys.path.insert(0, sys.argv[1])
from random_streams import NAMES, Pair

for name in NAMES:
    for threads in (1, 3):
        pair = Pair(name, 2024, threads, half=True)
        for n in (1, 2, 7, 8, 15, 16, 17, 31, 47, 48, 49, 63, 64, 65, 1_000, 2_047, 2_049, 131_073, 400_001):
            for dtype in (np.float64, np.float32):
                for method in ("random", "standard_normal", "standard_exponential"):
                    pair.both(method, n, dtype=dtype)
            pair.both("uniform", -1.5, 2.5, n)
            pair.both("normal", 3.0, 0.1, n)
            for high, dtype in (
                (100, np.int64), (2**31 + 7, np.int64), (2**32, np.int64), (2**40 + 1, np.int64),
                (2**63 - 1, np.int64), (77, np.int32), (2**32 - 1, np.uint32), (129, np.uint8),
                (256, np.uint8), (40_000, np.uint16), (2, np.bool_),
            ):
                pair.both("integers", high, size=n, dtype=dtype)
"""  # noqa: E501


@pytest.mark.parametrize("level", ["scalar", "avx2", "avx512", None])
def test_levels(level, request):
    limit = {"COREWISE_SIMD": level} if level else {}
    ended = execute(
        sys.executable, "-c", PROGRAM, request.path.parent, env=clean_environment(**limit)
    )
    assert ended.returncode == 0, ended.stderr.decode()[-3000:]


def test_a_level_that_there_is_not_is_said():
    program = "import corewise.random; print(corewise.random.default_rng(1).random())"
    ended = execute(sys.executable, "-c", program, env=clean_environment(COREWISE_SIMD="AVX512"))
    assert ended.returncode == 0
    assert ended.stdout.decode() == "0.5118216247002567\n"
    said = "COREWISE_SIMD must be one of scalar, avx2, avx512, not 'AVX512': it is ignored"
    assert said in ended.stderr.decode()
