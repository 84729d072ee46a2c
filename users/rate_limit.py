"""How many calls a key may make in a minute, counted over all processes in Redis.

Asking Redis for every call takes a third of the time of a short one. So a process that sees many
calls of a key counts some ahead: never more than a hundredth of what is left, hence one by one
near the limit.
"""

import logging
import threading
import time
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework import exceptions
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from catalog.redis_link import RedisDownError, redis_link
from users.models import ApiKey

if TYPE_CHECKING:  # rest_framework.views imports this module through the settings
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)

WINDOW_S = 60
SAY_AGAIN_S = 60.0  # a log line a minute is enough while nothing is counted
REFUSALS_KEY = "users:rate_limited"  # hash of counters behind /metrics


@dataclass(frozen=True, slots=True)
class Quota:
    """What is left of a key's calls in this minute."""

    limit: int
    used: int
    resets_in_s: int

    @property
    def headers(self) -> dict[str, str]:
        """The headers that tell a client."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(max(0, self.limit - self.used)),
            "RateLimit-Reset": str(self.resets_in_s),
        }


class RateLimitedError(exceptions.Throttled):
    """The key made more calls than it may."""

    default_code = "rate_limited"


@dataclass(slots=True)
class Ahead:
    """Calls of a key that are counted in Redis already.

    Attributes:
        window: the minute, from 1970 on.
        size: how many were counted at once.
        last: the number of the last of them among the key's calls.
        left: how many of them are yet to come.
    """

    window: int
    size: int
    last: int
    left: int

    def take(self) -> int:
        """Return the number of the next call."""
        self.left -= 1
        return self.last - self.left


class Counter:
    """Counts calls by key and minute; safe to share between threads."""

    def __init__(self) -> None:
        self._said_at = 0.0
        self._ahead: dict[int, Ahead] = {}
        self._asking: set[int] = set()  # keys some of whose calls are being counted
        self._lock = threading.Lock()

    def count(self, row: ApiKey, *, now: float) -> Quota | None:
        """Count a call; None without a limit, and while Redis is down: then nobody is refused."""
        limit = limit_of(row)
        if not limit:
            return None
        window, passed = divmod(now, WINDOW_S)
        try:
            used = self._next(row.pk, int(window), limit)
        except RedisDownError:
            self._say_off()
            return None
        return Quota(limit, used, ceil(WINDOW_S - passed))

    def _next(self, key_pk: int, window: int, limit: int) -> int:
        """Return the number of this call among the key's in this minute."""
        with self._lock:
            ahead = self._ahead.get(key_pk)
            if ahead and ahead.window == window and ahead.left:
                return ahead.take()
            is_asking = key_pk in self._asking
            self._asking.add(key_pk)
        if is_asking:  # of what two threads count ahead, one would be lost
            return _counted(key_pk, window, 1).take()
        try:
            ahead = _counted(key_pk, window, _size(ahead, window, limit))
            used = ahead.take()
            self._ahead[key_pk] = ahead
            return used
        finally:
            self._asking.discard(key_pk)

    def _say_off(self) -> None:
        now = time.monotonic()
        if not self._said_at or now - self._said_at > SAY_AGAIN_S:
            self._said_at = now
            logger.warning("rate_limit.off", extra={"reason": "Redis does not answer"})


counter = Counter()


def _size(before: Ahead | None, window: int, limit: int) -> int:
    """Return how many calls to count: twice as many as the time before, see above."""
    if before is None or before.window != window:
        return 1
    return max(1, min(2 * before.size, (limit - before.last) // 100))


def _counted(key_pk: int, window: int, size: int) -> Ahead:
    name = f"users:calls:{key_pk}:{window}"
    last, _ = redis_link().run(("INCRBY", name, size), ("EXPIRE", name, 2 * WINDOW_S))
    return Ahead(window, size, last, size)


def limit_of(row: ApiKey) -> int:
    """Return the calls a minute a key may make; 0 is no limit."""
    own = row.requests_per_minute
    return int(settings.API_RATE_LIMITS[row.kind]) if own is None else own


def _note_refusal(row: ApiKey) -> None:
    try:
        redis_link().run(("HINCRBY", REFUSALS_KEY, row.name, 1))
    except RedisDownError:
        logger.debug("rate_limit.not_counted")


class WithinRateLimit(BasePermission):
    """The key has calls left; the first permission asked, so that refused calls count too."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Count the call, and have the answer say what is left."""
        row = request.auth
        if not isinstance(row, ApiKey):
            return True  # the next permission refuses it
        quota = counter.count(row, now=time.time())
        if quota is None:
            return True
        view.headers.update(quota.headers)
        if quota.used > quota.limit:
            _note_refusal(row)
            raise RateLimitedError(wait=quota.resets_in_s)
        return True
