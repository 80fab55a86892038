"""Libraries of Debian's, unpacked in a folder: nothing is installed."""

import shutil
import subprocess

import pytest


def unpacked(folder, *packages):
    """The folder of the packages' libraries; skips where they cannot be had."""
    if not shutil.which("apt-get") or not shutil.which("dpkg"):
        pytest.skip("no Debian")
    words = ["apt-get", "download", "--quiet", *packages]
    if subprocess.run(words, cwd=folder, check=False).returncode != 0:
        pytest.skip("the packages cannot be downloaded here")
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, folder], check=True)
    (libraries,) = folder.glob("usr/lib/*-linux-gnu")
    return libraries
