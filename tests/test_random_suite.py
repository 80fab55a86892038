"""NumPy's own tests of its generators end with corewise's as they end with NumPy's."""

import pytest

import random_suite


@pytest.fixture(scope="module")
def before():
    """How the tests end with NumPy's own classes."""
    return random_suite.outcomes(random_suite.PART, plugin=False)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("threads", [None, 3])
def test_numpys_own_tests(before, threads):
    after = random_suite.outcomes(random_suite.PART, plugin=True, threads=threads)
    assert sum(outcome == "passed" for outcome, _ in after.values()) > 500
    worse = random_suite.worse(before, after)
    assert [row for row in worse if not random_suite.expected(row[0])] == []
