"""Some BLAS and LAPACK calls, in the main thread and in others; says whether they are right."""

import os
import sys
import threading

import numpy as np
import scipy.linalg

if "--govern" in sys.argv:
    import corewise

    corewise.govern(cores=2)
A = np.random.default_rng(0).standard_normal((200, 200))
PRODUCT = sum(np.outer(A[:, k], A[k]) for k in range(200))
right = []


def compute():
    right.append(np.allclose(A @ A, PRODUCT))
    right.append(np.allclose(A @ scipy.linalg.solve(A, A), A))
    right.append(np.allclose(A @ np.linalg.inv(A), np.eye(200)))


compute()
threads = []
if "--threads" in sys.argv:
    try:
        for _ in range(4):
            threads.append(threading.Thread(target=compute))
            threads[-1].start()
    except RuntimeError as error:
        print(error)
        threads.pop()
for thread in threads:
    thread.join()
compute()
print("right" if all(right) else "wrong", len(right))
if "--state" in sys.argv:
    print("active", corewise.governed().active, os.environ.get("COREWISE_SESSION"))
