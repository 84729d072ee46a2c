"""What a contestant costs: wall seconds, and memory above what was there before."""

import ctypes
import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

STATUS = Path("/proc/self/status")
RESET = Path("/proc/self/clear_refs")


@dataclass
class Cost:
    """Filled in when the measured block ends.

    Attributes:
        peak_mib: highest resident memory inside the block less that before it.
    """

    seconds: float = 0.0
    peak_mib: float = 0.0


@contextmanager
def measured() -> Iterator[Cost]:
    """Measure the block; the kernel's peak of resident memory is reset first (Linux)."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)  # else memory freed before would hide memory taken now
    RESET.write_text("5")
    before, cost, began = _kib("VmRSS"), Cost(), time.monotonic()
    try:
        yield cost
    finally:
        cost.seconds = time.monotonic() - began
        cost.peak_mib = (_kib("VmHWM") - before) / 1024


def _kib(field: str) -> int:
    """Return one line of the process status in KiB."""
    lines = STATUS.read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))
