"""What processes use, those they started included."""

import time
from collections.abc import Iterator, Mapping

import psutil


def cpu_seconds(pid: int) -> float:
    """Return the processor time of a process and all below it, dead ones included."""
    total = 0.0
    for process in _family(pid):
        try:
            used = process.cpu_times()
        except psutil.NoSuchProcess:
            continue  # ended while we looked: its parent has its time
        total += used.user + used.system + used.children_user + used.children_system
    return total


class Spending:
    """Processor time from now on.

    Args:
        pids: the first process of every part; this process is `clients` besides.
    """

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = pids
        self._parts = self._used()
        self._own = time.process_time()

    def so_far(self) -> dict[str, float]:
        """Return seconds by part."""
        own = time.process_time() - self._own  # read first: looking at the others costs too
        used = self._used()
        return {name: used[name] - self._parts[name] for name in used} | {"clients": own}

    def _used(self) -> dict[str, float]:
        return {name: cpu_seconds(pid) for name, pid in self._pids.items()}


def memory_mib(pid: int) -> float:
    """Return the memory of a process and all below it; what they share counts once."""
    total = 0
    for process in _family(pid):
        try:
            total += process.memory_full_info().pss
        except psutil.NoSuchProcess:
            continue
    return total / 2**20


def _family(pid: int) -> Iterator[psutil.Process]:
    try:
        first = psutil.Process(pid)
        yield first
        yield from first.children(recursive=True)
    except psutil.NoSuchProcess:
        return
