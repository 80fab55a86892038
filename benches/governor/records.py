"""Launches on disk, one JSON line each, so that a run of hours can be resumed or shown again."""

import dataclasses
import json

from launching import Launch


class Records:
    """All launches so far; what is added is written at once."""

    def __init__(self, path, head, resume=False):
        self.path = path
        self.head = head
        self.launches = []
        if resume:
            self.head, self.launches = read(path)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(head) + "\n")

    def add(self, launch):
        self.launches.append(launch)
        with self.path.open("a") as file:
            file.write(json.dumps(dataclasses.asdict(launch)) + "\n")

    def has(self, row, setting, round_number):
        asked = (row.name, setting.key, round_number)
        return any((made.row, made.setting, made.round) == asked for made in self.launches)

    def before(self, row, round_number):
        """The row's launches of earlier rounds."""
        return [
            made for made in self.launches if made.row == row.name and made.round < round_number
        ]


def read(path):
    """The head and the launches of a file. A last line that was cut is left out."""
    head, *lines = path.read_text().splitlines()
    launches = []
    for number, line in enumerate(lines):
        try:
            launches.append(Launch(**json.loads(line)))
        except ValueError:
            if number + 1 < len(lines):
                raise
    return json.loads(head), launches
