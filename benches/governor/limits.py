"""How a user limits pools by hand today: threadpoolctl around a part, joblib's own division.

Every workload asks its `Limits`, and only under the setting `d` does it get more than a context
manager that does nothing. The workers that it starts are told to grow their pools here too.
"""

import contextlib
import dataclasses

import emulation


@dataclasses.dataclass(frozen=True)
class Limits:
    by_hand: bool
    cores: int
    libraries: tuple[str, ...]

    def one_caller(self):
        """Around work that one thread does."""
        return _limited(self.cores) if self.by_hand else contextlib.nullcontext()

    def callers(self):
        """Around work that several threads do."""
        return _limited(1) if self.by_hand else contextlib.nullcontext()

    def worker(self):
        """The initializer of a worker of multiprocessing, which was forked."""
        if self.by_hand:
            _limited(1)

    def joblib(self, backend, n_jobs):
        """joblib's workers, threads or processes."""
        import joblib

        if backend == "threading":
            stack = contextlib.ExitStack()
            stack.enter_context(self.callers())
            stack.enter_context(joblib.parallel_config(backend="threading", n_jobs=n_jobs))
            return stack
        inner = max(1, self.cores // n_jobs) if self.by_hand else None
        return joblib.parallel_config(
            backend=backend,
            n_jobs=n_jobs,
            inner_max_num_threads=inner,
            initializer=emulation.begin,
            initargs=(self.libraries,),
        )


def _limited(threads):
    from threadpoolctl import threadpool_limits

    return threadpool_limits(threads)
