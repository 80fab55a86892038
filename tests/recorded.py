"""One run of `corewise record`, and the report of what it recorded."""

import functools
import json
import os

from execution import execute

SEVERITIES = ["note", "warning", "severe"]


def machine_busy():
    """CPU seconds that all CPUs of the machine have spent busy since it started."""
    with open("/proc/stat") as stat:
        fields = [int(field) for field in stat.readline().split()[1:9]]
    # Without idle and iowait; stolen time is not ours either.
    return (sum(fields) - fields[3] - fields[4]) / os.sysconf("SC_CLK_TCK")


class Recorded:
    """What the program printed, how it ended, and what corewise says about it."""

    def __init__(self, corewise, path, result, busy=0.0):
        self.corewise = corewise
        #: CPU seconds that the machine was busy meanwhile.
        self.busy = busy
        self.path = path
        self.status = result.returncode
        self.stdout = result.stdout
        self.stderr = result.stderr

    @functools.cached_property
    def report(self):
        """`corewise report FILE --json -`, parsed."""
        result = execute(self.corewise, "report", self.path, "--json", "-")
        assert result.returncode == 0, result.stderr.decode(errors="replace")
        return json.loads(result.stdout)

    @property
    def lines(self):
        """What the program printed."""
        return self.stdout.decode().splitlines()

    @property
    def truth(self):
        """The JSON object that a test program prints last."""
        return json.loads(self.lines[-1])

    @property
    def others(self):
        """Cores that other programs on the machine used meanwhile, on average."""
        summary = self.report["summary"]
        own = summary["cpu_ns"] + summary["recorder_cpu_ns"].get("known", 0)
        return max(0.0, self.busy - own / 1e9) / (summary["wall_ns"] / 1e9)

    def codes(self, at_least="note"):
        """The codes of the findings, from this severity on."""
        least = SEVERITIES.index(at_least)
        return {
            finding["code"]
            for finding in self.report["findings"]
            if SEVERITIES.index(finding["severity"]) >= least
        }

    def described(self):
        """The findings in words, for a failed assertion."""
        return "\n".join(
            f"{finding['code']} {finding['severity']}: {finding['title']}"
            + "".join(f"\n    {evidence['text']}" for evidence in finding["evidence"])
            for finding in self.report["findings"]
        )
