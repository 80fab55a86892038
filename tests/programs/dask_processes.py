"""A local Dask cluster of two worker processes with one thread each, under its nannies."""

import numpy as np
import stage
from dask.distributed import Client, LocalCluster


def work(seed):
    rng = np.random.default_rng(seed)
    for _ in range(10):
        np.sort(rng.standard_normal(400_000))
    return seed


if __name__ == "__main__":
    with (
        LocalCluster(
            n_workers=2,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            host="127.0.0.1",
        ) as cluster,
        Client(cluster) as client,
    ):
        client.gather(client.map(work, range(4), pure=False))
        stage.ready()
        for number in stage.rounds():
            client.gather(client.map(work, range(4 * number, 4 * number + 4), pure=False))
        workers = client.run(stage.threads)
    for truth in workers.values():
        stage.worker({"pid": truth["pid"], "threads": {}})
    stage.finish(workers=len(workers))
