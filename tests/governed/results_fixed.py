"""Eight threads compute at once; says a digest of what each got, and the counts that it had."""

import hashlib
import threading

import look
import numpy as np
import scipy.linalg

THREADS = 8
digests, counts = {}, set()


def compute(number):
    random = np.random.default_rng(number)
    hashed = hashlib.sha256()
    for _ in range(2):
        a = random.standard_normal((180, 180))
        spd = a @ a.T + 180 * np.eye(180)
        for result in (
            a @ a,
            np.linalg.solve(a, spd),
            np.linalg.cholesky(spd),
            np.linalg.svd(a, compute_uv=False),
            np.linalg.qr(a)[1],
            np.linalg.eigvalsh(spd),
            scipy.linalg.lu(a)[2],
        ):
            hashed.update(result.tobytes())
        counts.add(look.number_of("numpy"))
    digests[str(number)] = hashed.hexdigest()[:16]


threads = [threading.Thread(target=compute, args=(number,)) for number in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
look.say(digests=digests, counts=sorted(counts))
