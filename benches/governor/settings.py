"""The settings that are compared: what is put in the environment of a launch, and what is not."""

import dataclasses

import emulation

SIZES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "GOTO_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "RAYON_NUM_THREADS",
    "POLARS_MAX_THREADS",
    "BLOSC_NTHREADS",
    "VECLIB_MAXIMUM_THREADS",
)
SPIN = "OPENBLAS_THREAD_TIMEOUT"
"""OpenBLAS: an idle pool thread spins for 2^n clock ticks before it sleeps. By default 2^28."""

SIZED_ELSEWHERE = (SPIN, "OMP_THREAD_LIMIT", "OMP_WAIT_POLICY", "OMP_PROC_BIND", "OMP_PLACES")


@dataclasses.dataclass(frozen=True)
class Setting:
    key: str
    title: str
    variables: dict[str, str] = dataclasses.field(default_factory=dict)
    by_hand: bool = False
    governed: bool = False

    @property
    def static(self):
        return not self.governed

    @property
    def short_spin(self):
        return SPIN in self.variables


def all_settings(cores, spin):
    """Every setting by its key, in the order of the table."""

    def pools(threads):
        return {name: str(threads) for name in SIZES}

    twice = {**pools(2 * cores), emulation.POOLS: str(2 * cores)}
    short = {SPIN: str(spin)}
    listed = (
        Setting("a", "default"),
        Setting("b", "pools 1", pools(1)),
        Setting("c", f"pools {cores}", pools(cores)),
        Setting("d", "by hand", by_hand=True),
        Setting("2x", f"pools {2 * cores}", twice),
        Setting("b-short", "pools 1, short spin", {**pools(1), **short}),
        Setting("c-short", f"pools {cores}, short spin", {**pools(cores), **short}),
        Setting("2x-short", f"pools {2 * cores}, short spin", {**twice, **short}),
        Setting("f", "corewise", governed=True),
    )
    return {setting.key: setting for setting in listed}


def environment(base, setting, grown):
    """What a launch gets: the caller's environment without any setting, and the setting's own."""
    drop = {*SIZES, *SIZED_ELSEWHERE, emulation.POOLS, emulation.HOST}
    kept = {name: value for name, value in base.items() if name not in drop}
    host = {emulation.POOLS: str(grown), emulation.HOST: str(grown)} if grown else {}
    return {**kept, **host, **setting.variables}
