"""Builds the Cython and the Pythran module into the folder that the argument names."""

import pathlib
import shutil
import subprocess
import sys
import sysconfig

HERE = pathlib.Path(__file__).resolve().parent


def build_cython(target):
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    module = target / f"prange_sum{suffix}"
    if module.exists():
        return
    source = target / "prange_sum.c"
    subprocess.run(
        [
            sys.executable,
            "-m",
            "cython",
            "-3",
            str(HERE / "kernels" / "prange_sum.pyx"),
            "-o",
            str(source),
        ],
        check=True,
    )
    subprocess.run(
        [
            "cc",
            "-O2",
            "-fPIC",
            "-shared",
            "-fopenmp",
            f"-I{sysconfig.get_path('include')}",
            str(source),
            "-o",
            str(module),
        ],
        check=True,
    )


def build_pythran(target):
    suffix = sysconfig.get_config_var("EXT_SUFFIX")
    module = target / f"pythran_sum{suffix}"
    if module.exists():
        return
    # Pythran names the module after its source; the copy keeps the tree free of build products.
    source = shutil.copy(HERE / "kernels" / "pythran_sum.py", target / "pythran_sum_source.py")
    subprocess.run(
        [sys.executable, "-m", "pythran.run", "-fopenmp", "-O1", source, "-o", str(module)],
        check=True,
        cwd=target,
    )


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    build_cython(folder)
    build_pythran(folder)
