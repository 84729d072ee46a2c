"""What most shoppers like at the moment, over all and by category."""

import threading
import time
from collections.abc import Callable, Container, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson
from django.db.models import Case, F, FloatField, Sum, Value, When

from catalog.redis_link import RedisDownError, redis_link
from fusion.serving import keys
from users.history import KIND_WEIGHT
from users.models import Event

WINDOW = timedelta(days=30)
# Half-lives would need a different SQL on each database; steps say the same.
DECAY = ((timedelta(days=1), 1.0), (timedelta(days=7), 0.6), (WINDOW, 0.25))
NEWEST_EVENTS = 200_000  # bounds the query: a busier shop's last hours are what counts there
MOST_PRODUCTS = 20_000
CACHED_S = 60
STORED_S = 120  # longer than the beat that refreshes it, so that web processes rarely compute


@dataclass(frozen=True, slots=True)
class Popularity:
    """Columns of the P most popular products, most popular first.

    Attributes:
        scores: weighted events; compare only within one popularity.
        category_pks: 0 for a product without category.
    """

    product_pks: list[int]
    scores: list[float]
    category_pks: list[int]

    def best(self, category_pks: Container[int] | None = None) -> Iterator[tuple[int, float]]:
        """Give (product_pk, score), best first, of these categories or of all."""
        rows = zip(self.product_pks, self.scores, self.category_pks, strict=True)
        for product_pk, score, category_pk in rows:
            if category_pks is None or category_pk in category_pks:
                yield product_pk, score


def compute_popularity(*, now: datetime) -> Popularity:
    """Add up the last month's events, newer and stronger ones counting more.

    The month ends with the newest event known at `now`, so that a shop that paused, or one that
    imported an old year, still knows what was popular.
    """
    known = Event.objects.known_before(now)
    newest = known.newest_first().values_list("occurred_at", flat=True)
    last = newest.first()
    if last is None:
        return Popularity([], [], [])
    since = max([last - WINDOW, *newest[NEWEST_EVENTS : NEWEST_EVENTS + 1]])
    strength = Case(
        *(When(kind=kind, then=Value(weight)) for kind, weight in KIND_WEIGHT.items()),
        default=Value(0.0),
        output_field=FloatField(),
    )
    recency = Case(
        *(When(occurred_at__gte=last - age, then=Value(factor)) for age, factor in DECAY),
        default=Value(0.0),
        output_field=FloatField(),
    )
    rows = (
        known.engaged()
        .filter(occurred_at__gte=since, product__is_available=True)
        .values("product_id", category_pk=F("product__category_id"))
        .annotate(score=Sum(strength * recency))
        .filter(score__gt=0)
        .order_by("-score", "product_id")
        .values_list("product_id", "score", "category_pk")[:MOST_PRODUCTS]
    )
    found = list(rows)
    return Popularity(
        product_pks=[row[0] for row in found],
        scores=[round(row[1], 4) for row in found],
        category_pks=[row[2] or 0 for row in found],
    )


def refresh_popular(*, now: datetime) -> int:
    """Compute the popularity anew and put it where all processes find it; count its products."""
    popularity = compute_popularity(now=now)
    _share(popularity)
    return len(popularity.product_pks)


class PopularityCache:
    """This process's copy, at most CACHED_S old; one thread renews, the others go on with it."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._known: Popularity | None = None
        self._expires_at = 0.0

    def get(self, *, now: datetime) -> Popularity:
        """Return the popularity."""
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

    def _renew(self, now: datetime) -> Popularity:
        self._known = _shared(now)
        self._expires_at = self._clock() + CACHED_S
        return self._known

    def forget(self) -> None:
        """Drop the copy."""
        self._known = None


popularity_cache = PopularityCache()


def _shared(now: datetime) -> Popularity:
    """Return what another process computed, else compute and share it."""
    stored = None
    with suppress(RedisDownError):
        [stored] = redis_link().run(("GET", keys.POPULAR))
    if stored:
        return Popularity(**orjson.loads(stored))
    popularity = compute_popularity(now=now)
    with suppress(RedisDownError):
        _share(popularity)
    return popularity


def _share(popularity: Popularity) -> None:
    redis_link().run(("SET", keys.POPULAR, orjson.dumps(popularity), "EX", STORED_S))
