"""Leaving alone for a moment what just failed."""

import threading
import time
from collections.abc import Callable


class Breaker:
    """After more than `tolerated` failures in a row, one try every `pause_s` seconds."""

    def __init__(
        self, *, tolerated: int, pause_s: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._tolerated = tolerated
        self._pause_s = pause_s
        self._clock = clock
        self._lock = threading.Lock()
        self._failures = 0
        self._next_try_at = 0.0

    def allows(self) -> bool:
        """Say whether to try; of many callers after a pause only one is told yes."""
        if self._failures <= self._tolerated:
            return True
        with self._lock:
            now = self._clock()
            if now < self._next_try_at:
                return False
            self._next_try_at = now + self._pause_s
            return True

    def succeeded(self) -> None:
        """Let everybody try again."""
        self._failures = 0

    def failed(self) -> None:
        """Count a failure; the pause starts now."""
        with self._lock:
            self._failures += 1
            self._next_try_at = self._clock() + self._pause_s
