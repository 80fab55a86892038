"""corewise: see where a NumPy program's cores go.

``cpu_count()`` says how many threads a pool should have here, ``cpus()`` gives the reasons, and
``pools()`` lists the thread pools of the running process. Programs are recorded from the command
line: ``corewise record -- python train.py``.
"""

from corewise._cpus import Allowed, Limit, Machine, Opinion, Throttling, cpu_count, cpus
from corewise._pools import Distribution, Pool, pools
from corewise._unknown import Unknown

__all__ = [
    "Allowed",
    "Distribution",
    "Limit",
    "Machine",
    "Opinion",
    "Pool",
    "Throttling",
    "Unknown",
    "cpu_count",
    "cpus",
    "pools",
]
