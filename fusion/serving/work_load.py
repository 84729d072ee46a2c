"""How much a serve worker has to do."""

import time
from collections.abc import Callable

WINDOW_S = 2.0
MEMORY = 0.9  # weight of what was known when another batch is measured


class WorkLoad:
    """Measured by the thread that answers, read by the one that gives signs of life."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since = clock()
        self._num_requests = 0
        self._seconds = 0.0
        self.busy = 0.0
        self.requests_per_s = 0.0
        self.request_ms = 0.0

    def note(self, num_requests: int, seconds: float) -> None:
        """Count a batch that took this long."""
        self._num_requests += num_requests
        self._seconds += seconds
        now_ms = 1000 * seconds / num_requests
        known = self.request_ms or now_ms
        self.request_ms = MEMORY * known + (1 - MEMORY) * now_ms

    def close_window(self) -> None:
        """Sum up the last WINDOW_S seconds, if they are over."""
        elapsed = self._clock() - self._since
        if elapsed < WINDOW_S:
            return
        self.busy = min(1.0, self._seconds / elapsed)
        self.requests_per_s = self._num_requests / elapsed
        self._since, self._num_requests, self._seconds = self._clock(), 0, 0.0
