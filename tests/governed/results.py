"""Prints a digest of what BLAS and LAPACK give, under the setting that the argument names."""

import hashlib
import sys

import look
import numpy as np
import scipy.linalg
import scipy.linalg.blas
import threadpoolctl

import corewise

TYPES = [np.float32, np.float64, np.complex64, np.complex128]


def matrix(kind, size, seed):
    random = np.random.default_rng(seed)
    real = random.standard_normal((size, size))
    if np.issubdtype(kind, np.complexfloating):
        return (real + 1j * random.standard_normal((size, size))).astype(kind)
    return real.astype(kind)


def results(kind):
    a, b = matrix(kind, 180, 1), matrix(kind, 180, 2)
    hermitian = a @ a.conj().T + 180 * np.eye(180, dtype=kind)
    vector = b[:, 0].copy()
    yield "matmul", a @ b
    yield "matmul_t", a.T @ b
    yield "syrk", a @ a.T
    yield "gemv", a @ vector
    yield "dot", np.vdot(vector, vector)
    yield "svd", np.linalg.svd(a)
    yield "qr", np.linalg.qr(a)
    yield "eigh", np.linalg.eigh(hermitian)
    yield "eig", np.linalg.eig(a[:80, :80])
    yield "cholesky", np.linalg.cholesky(hermitian)
    yield "solve", np.linalg.solve(a, b)
    yield "inv", np.linalg.inv(a)
    yield "lstsq", np.linalg.lstsq(a, b, rcond=None)[0]
    yield "scipy_lu", scipy.linalg.lu(a)
    yield "scipy_svd", scipy.linalg.svd(a)
    yield "scipy_qr", scipy.linalg.qr(a, pivoting=True)
    yield "scipy_eigh", scipy.linalg.eigh(hermitian)
    yield "scipy_cholesky", scipy.linalg.cholesky(hermitian)
    yield "scipy_solve", scipy.linalg.solve(a, b)
    yield "scipy_schur", scipy.linalg.schur(a[:80, :80])
    yield "scipy_expm", scipy.linalg.expm(a[:80, :80] / 16)
    (gemm, trsm) = scipy.linalg.get_blas_funcs(("gemm", "trsm"), dtype=kind)
    yield "gemm", gemm(1.0, a, b)
    yield "trsm", trsm(1.0, np.triu(hermitian), b)


def digest(result):
    parts = result if isinstance(result, tuple) else (result,)
    hashed = hashlib.sha256()
    for part in parts:
        hashed.update(np.ascontiguousarray(part).tobytes())
    return hashed.hexdigest()[:16]


how, threads = sys.argv[1], int(sys.argv[2])
if how == "governed":
    corewise.govern(cores=threads)
else:
    threadpoolctl.threadpool_limits(threads)
digests = {
    f"{name} {np.dtype(kind).name}": digest(result)
    for kind in TYPES
    for name, result in results(kind)
}
look.say(used=look.numbers(), **digests)
