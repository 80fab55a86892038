"""A real cgroup with a CPU quota: allowed cores and throttling, as the kernel enforces them."""

import os

import pytest

from conftest import PROGRAMS
from execution import execute
from recorded import Recorded


@pytest.fixture
def quota(tmp_path):
    """A function: makes a cgroup with this CPU quota and gives a command prefix that enters it."""
    group = None

    def make(cores):
        nonlocal group
        period = 100_000
        v1 = "/sys/fs/cgroup/cpu"
        v2 = "/sys/fs/cgroup"
        name = f"corewise-test-{os.getpid()}"
        try:
            if os.path.exists(f"{v1}/cpu.cfs_quota_us") or os.path.exists(f"{v1}/tasks"):
                group = f"{v1}/{name}"
                os.mkdir(group)
                settings = {"cpu.cfs_period_us": period, "cpu.cfs_quota_us": int(cores * period)}
            else:
                group = f"{v2}/{name}"
                os.mkdir(group)
                settings = {"cpu.max": f"{int(cores * period)} {period}"}
            for file, value in settings.items():
                with open(f"{group}/{file}", "w") as out:
                    out.write(str(value))
        except OSError as error:
            pytest.skip(f"no cgroup can be made here: {error}")
        return ["sh", "-c", f'echo $$ > {group}/cgroup.procs && exec "$@"', "sh"]

    yield make
    if group and os.path.isdir(group):
        os.rmdir(group)


def test_throttled_by_a_real_quota(quota, corewise, python, tmp_path):
    path = tmp_path / "throttled.corewise"
    command = [corewise, "record", "-o", path, "--", python, PROGRAMS / "throttled.py"]
    result = execute(*quota(0.3), *command)
    recorded = Recorded(corewise, path, result)
    assert recorded.status == 0, recorded.stderr.decode(errors="replace")
    assert recorded.report["summary"]["allowed_cores"] == 0.3
    assert "CW103" in recorded.codes(at_least="warning"), recorded.described()
    assert recorded.report["summary"]["cores_used"] < 0.4


def test_a_quota_that_is_not_reached_is_no_finding(quota, corewise, python, tmp_path):
    path = tmp_path / "quiet.corewise"
    command = [corewise, "record", "-o", path, "--", python, PROGRAMS / "healthy_waiting.py"]
    result = execute(*quota(1.5), *command)
    recorded = Recorded(corewise, path, result)
    assert recorded.status == 0, recorded.stderr.decode(errors="replace")
    assert recorded.report["summary"]["allowed_cores"] == 1.5
    assert not recorded.codes(), recorded.described()
