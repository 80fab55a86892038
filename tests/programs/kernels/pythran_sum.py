"""Compiled by Pythran with -fopenmp when the tests are set up."""

import numpy as np


# pythran export pythran_total(float64[:, :])
def pythran_total(a):
    result = 0.0
    # omp parallel for reduction(+:result)
    for i in range(a.shape[0]):
        for j in range(a.shape[1]):
            result += np.sin(a[i, j]) * np.cos(a[i, j])
    return result
