"""Sets the number of threads of the loaded OpenBLAS copies, beyond the cores that they can see.

`OPENBLAS_NUM_THREADS` above the visible cores is cut to them; the library's own setter is not. A
program on a host with 16 cores and a quota of 2 has a pool of 16: this gives the same here.
"""

import ctypes

SETTERS = (
    "scipy_openblas_set_num_threads64_",
    "scipy_openblas_set_num_threads",
    "openblas_set_num_threads64_",
    "openblas_set_num_threads",
)


def loaded_openblas():
    """Paths of the OpenBLAS libraries that this process has mapped."""
    with open("/proc/self/maps") as maps:
        paths = {line.split(maxsplit=5)[5].strip() for line in maps if "openblas" in line}
    return sorted(path for path in paths if path.startswith("/"))


def set_openblas_threads(count):
    """Returns how many libraries took it."""
    taken = 0
    for path in loaded_openblas():
        library = ctypes.CDLL(path)
        for name in SETTERS:
            setter = getattr(library, name, None)
            if setter is not None:
                setter(count)
                taken += 1
                break
    if not taken:
        raise RuntimeError("no OpenBLAS is loaded")
    return taken
