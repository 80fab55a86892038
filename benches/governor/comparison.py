"""One row's launches, compared: medians, the best static settings, paired ratios, check sums."""

import math
import statistics

import intervals


class Comparison:
    def __init__(self, row, settings, launches):
        self.row = row
        self.settings = settings
        self._launches = {}
        for launch in launches:
            if launch.row == row.name and launch.setting in settings:
                self._launches.setdefault(launch.setting, {})[launch.round] = launch

    def measured(self, key):
        return key in self._launches

    def status(self, key):
        """`ok`, or the worst that happened."""
        found = {launch.status for launch in self._launches[key].values()}
        return next((bad for bad in ("failed", "limit") if bad in found), "ok")

    def message(self, key):
        return next((made.message for made in self._launches[key].values() if made.message), "")

    def seconds(self, key):
        """The median of the launch medians."""
        return statistics.median(self._medians(key).values())

    def cpu(self, key):
        made = self._launches[key].values()
        return statistics.median(launch.cpu for launch in made if launch.status == "ok")

    def best(self, short_spin=None):
        """The key of the fastest static setting: with default spin, with short spin, or of all."""
        keys = [
            key
            for key, setting in self.settings.items()
            if setting.static
            and short_spin in (None, setting.short_spin)
            and self.measured(key)
            and self.status(key) == "ok"
        ]
        return min(keys, key=self.seconds, default=None)

    def ratio(self, key, base):
        """Of the medians of two launches in the same round, over all rounds that have both."""
        over, under = self._medians(key), self._medians(base)
        both = over.keys() & under.keys()
        return intervals.median([over[r] / under[r] for r in both]) if both else None

    def disagreeing(self):
        """Keys of settings whose check sum is not that of most."""
        sums = {
            key: launch.checksum
            for key, made in self._launches.items()
            for launch in made.values()
            if launch.checksum is not None
        }
        if not sums:
            return []
        middle = statistics.median_low(sums.values())
        near = self.row.workload.tolerance
        return [key for key, value in sums.items() if not math.isclose(value, middle, rel_tol=near)]

    def _medians(self, key):
        made = self._launches[key].items()
        return {r: statistics.median(launch.seconds) for r, launch in made if launch.status == "ok"}
