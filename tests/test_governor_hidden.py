"""An OpenBLAS that exports none of its variables is governed by what its file tells of them."""

import pytest

from execution import clean_environment
from governed.running import program, run, told


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_openblas_that_exports_its_routines_alone(python, when):
    environment = clean_environment(OPENBLAS_NUM_THREADS=2)
    facts = told(run(python, program("hidden_openblas"), when, env=environment))
    assert facts["governed"] == "each_region"
    assert facts["right"]
    assert facts["after"]
    # Limited to one thread, no other one worked; else one did.
    assert facts["limited"] == [1, 0]
    assert facts["free"] > 0
    assert facts["children"] == [0] * 10
    assert facts["read"] == facts["ungoverned"] == 4
