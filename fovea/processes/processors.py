"""How many processors this process may use: a container's limit counts, not the machine."""

import math
import os
from pathlib import Path

_QUOTA = Path("/sys/fs/cgroup/cpu.max")  # cgroup 2: "200000 100000" means two of them


def processors() -> int:
    """At least 1. An engine with a thread for each processor of a machine would be slowed down by the limit."""
    allowed = len(os.sched_getaffinity(0))
    try:
        quota, period = _QUOTA.read_text(encoding="ascii").split()
        allowed = min(allowed, math.ceil(int(quota) / int(period)))
    except (OSError, ValueError):  # another kind of system, or "max": no limit
        pass
    return max(1, allowed)
