"""BLIS is left alone: it ends the program when one of its teams is made smaller. A download:
`make test-long`.
"""

import os

import pytest

from execution import clean_environment
from governed.debian import unpacked
from governed.running import program, run, told

pytestmark = pytest.mark.skipif(
    "COREWISE_TEST_LONG" not in os.environ, reason="BLIS is a download: `make test-long`"
)


@pytest.fixture(scope="module")
def libraries(tmp_path_factory):
    folder = tmp_path_factory.mktemp("blis")
    return unpacked(folder, "libblis4-openmp", "libblis4-pthread")


@pytest.mark.parametrize("name", ["blis-openmp/libblis.so.4", "blis-pthread/libblis.so.4"])
def test_blis_computes_and_reads_as_set(python, libraries, name):
    environment = clean_environment(OMP_NUM_THREADS=4, OPENBLAS_NUM_THREADS=1)
    facts = told(run(python, program("blis"), libraries / name, env=environment))
    assert facts == {"right": True, "first": 4, "set": 3, "ungoverned": 3}


def test_blis_in_the_place_of_libblas(python, libraries):
    """It exports the routines of BLAS alone."""
    environment = clean_environment(OMP_NUM_THREADS=4, OPENBLAS_NUM_THREADS=1)
    path = libraries / "blis-openmp" / "libblas.so.3"
    assert told(run(python, program("blis"), path, env=environment)) == {"right": True}
