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
STORED_S = 120  # longer than the beat that refreshes it, so that web processes rarely compute


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

    def refresh(self, *, now: datetime) -> Figure:
        """Compute the figure anew and put it where all processes find it."""
        figure = self._compute(now)
        redis_link().run(("SET", self._key, orjson.dumps(figure), "EX", STORED_S))
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
        figure = self._compute(now)
        with suppress(RedisDownError):
            redis_link().run(("SET", self._key, orjson.dumps(figure), "EX", STORED_S))
        return figure
