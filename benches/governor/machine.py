"""What the numbers were measured on."""

import importlib.metadata
import json
import os
import pathlib
import platform
import subprocess

PACKAGES = (
    "corewise",
    "numpy",
    "scipy",
    "scikit-learn",
    "joblib",
    "numba",
    "dask",
    "threadpoolctl",
)


def cpu_model():
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    models = [line.split(":", 1)[1].strip() for line in lines if "model name" in line]
    return models[0] if models else platform.machine()


def allowed_cores(corewise):
    """What `corewise cpus` says, in whole threads."""
    printed = subprocess.run([corewise, "cpus", "--json"], check=True, stdout=subprocess.PIPE)
    return json.loads(printed.stdout)["threads"]


def kernel():
    """The kernel, and what it does otherwise than others with threads that wake up."""
    options = pathlib.Path("/proc/cmdline").read_text().split()
    packing = next((option for option in options if option.startswith("sched_vcpu_pack")), None)
    packs = ", a kernel that packs the threads of a process that slept on one CPU for some ms"
    return f"Linux {platform.release()}" + (f"{packs} ({packing})" if packing else "")


def describe(cores):
    """One line about the machine, one about versions."""
    versions = []
    for name in PACKAGES:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{name} missing")
    load = os.getloadavg()[0]
    return {
        "machine": f"{cpu_model()}, {os.cpu_count()} CPUs, {cores} allowed cores, "
        f"{kernel()}, load average {load:.2f} at the start",
        "versions": f"CPython {platform.python_version()}, {', '.join(versions)}",
    }
