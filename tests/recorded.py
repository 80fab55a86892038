"""One run of `corewise record`, and the report of what it recorded."""

import functools
import json

from execution import execute

SEVERITIES = ["note", "warning", "severe"]


class Recorded:
    """What the program printed, how it ended, and what corewise says about it."""

    def __init__(self, corewise, path, result):
        self.corewise = corewise
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
