"""A part of other packages' own test suites ends the same without and with the governor."""

import pytest

import suites


@pytest.mark.timeout(600)
@pytest.mark.parametrize("suite", [s for s in suites.SUITES if not s.archive], ids=lambda s: s.name)
def test_a_part_of_a_suite_ends_the_same(suite):
    differing, plain = suites.compare(suite, part=True, limit=500)
    assert sum(outcome == "passed" for outcome in plain.values()) > 10
    assert differing == []
