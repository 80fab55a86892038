"""Starts workers in the way that is named, and says how each is governed."""

import subprocess
import sys

import look


def by_multiprocessing(method):
    import multiprocessing

    context = multiprocessing.get_context(method)
    with context.Pool(2) as pool:
        return [pool.apply(look.state) for _ in range(2)]


def by_loky():
    from joblib import Parallel, delayed

    return Parallel(n_jobs=2)(delayed(look.state)() for _ in range(4))


def by_subprocess():
    import json

    code = "import look; look.say(**look.state())"
    folder = sys.path[0]
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, cwd=folder)
    return [json.loads(out.stdout)]


def by_dask():
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        return list(client.run(look.state).values())


def workers(way):
    ways = {"loky": by_loky, "subprocess": by_subprocess, "dask": by_dask}
    return ways[way]() if way in ways else by_multiprocessing(way)


def main():
    how, *ways = sys.argv[1:]
    if how != "inherited":
        import corewise

        corewise.govern(cores=3)
    if how == "ungoverned":
        corewise.ungovern()
    look.say(own=look.state(), **{way: workers(way) for way in ways})


if __name__ == "__main__":
    main()
