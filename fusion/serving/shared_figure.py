"""Figures that are dear to compute: one process computes them, all others read them."""

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any, Generic, TypeVar

import orjson

from catalog.redis_link import RedisDownError, redis_link

Figure = TypeVar("Figure")

CACHED_S = 60
FRESH_S = 50  # less than the beat that refreshes it takes
STORED_S = 120  # longer than the beat, so that web processes rarely compute
# What takes long is computed less often: it costs two per cent of one core at most.
REST = 50


class SharedFigure(Generic[Figure]):
    """This process's copy, at most CACHED_S old; one thread renews, the others go on with it.

    Args:
        key: name in Redis, where processes share what one of them computed.
        compute: returns a dataclass made of numbers and lists, as known at a moment.
        read: makes the figure from what JSON keeps of it.
    """

    def __init__(
        self,
        key: str,
        compute: Callable[[datetime], Figure],
        read: Callable[[Any], Figure],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._key = key
        self._fresh_key = f"{key}:fresh"
        self._compute = compute
        self._read = read
        self._clock = clock
        self._lock = threading.Lock()
        self._known: Figure | None = None
        self._expires_at = 0.0

    def get(self, *, now: datetime) -> Figure:
        """Return the figure."""
        known = self._known
        if known is not None and self._clock() < self._expires_at:
            return known
        if known is None:  # nothing to go on with: wait for the thread that computes
            with self._lock:
                return self._known or self._renew(now)
        if not self._lock.acquire(blocking=False):
            return known
        try:
            return self._renew(now)
        finally:
            self._lock.release()

    def refresh(self, *, now: datetime) -> Figure | None:
        """Compute the figure anew for all processes; None while it is still fresh.

        Raises:
            RedisDownError: there is nowhere to share it.
        """
        [is_fresh] = redis_link().run(("EXISTS", self._fresh_key))
        if is_fresh:
            return None
        figure, seconds = self._timed(now)
        self._share(figure, seconds)
        return figure

    def forget(self) -> None:
        """Drop the copy."""
        self._known = None

    def _renew(self, now: datetime) -> Figure:
        self._known = self._shared(now)
        self._expires_at = self._clock() + CACHED_S
        return self._known

    def _shared(self, now: datetime) -> Figure:
        """Return what another process computed, else compute and share it."""
        stored = None
        with suppress(RedisDownError):
            [stored] = redis_link().run(("GET", self._key))
        if stored:
            return self._read(orjson.loads(stored))
        figure, seconds = self._timed(now)
        with suppress(RedisDownError):
            self._share(figure, seconds)
        return figure

    def _timed(self, now: datetime) -> tuple[Figure, float]:
        started = time.perf_counter()
        return self._compute(now), time.perf_counter() - started

    def _share(self, figure: Figure, seconds: float) -> None:
        fresh_s = max(FRESH_S, int(REST * seconds))
        stored_s = max(STORED_S, 2 * fresh_s)
        redis_link().run(
            ("SET", self._key, orjson.dumps(figure), "EX", stored_s),
            ("SET", self._fresh_key, 1, "EX", fresh_s),
        )
