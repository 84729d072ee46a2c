"""What is bought together, counted from purchases: no model is needed.

A basket is what one shopper bought on one day (UTC). Of products X and Y:

- support: baskets with both.
- confidence: the share of the baskets with X that have Y too.
- lift: confidence divided by the share of all baskets that have Y; 1 is chance.
- score: cosine, sqrt(confidence of X for Y times confidence of Y for X). It asks for both: ties
  that are strong and ties that are frequent.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from math import sqrt
from typing import Any

import orjson
from django.db import connection

from catalog.redis_link import RedisDownError, redis_link
from fusion.serving import keys
from fusion.serving.shared_figure import SharedFigure
from users.models import Event, EventKind

SPAN = timedelta(days=365)
NEWEST_BASKETS = 500  # of one product: enough to know what goes with it
MOST_COMPANIONS = 200
FIGURES = ("support", "confidence", "lift", "score")
MIN_SUPPORT = 2  # met once is chance
KEPT_S = 600

TABLE = Event._meta.db_table
ALL_BASKETS = f"""
    SELECT DISTINCT shopper_id, DATE(occurred_at) AS day, product_id FROM {TABLE}
    WHERE kind = %s AND occurred_at >= %s AND occurred_at < %s
"""  # noqa: S608
COUNT_BASKETS = f"SELECT COUNT(*) FROM (SELECT DISTINCT shopper_id, day FROM ({ALL_BASKETS}) l) b"  # noqa: S608
COUNT_BY_PRODUCT = f"SELECT product_id, COUNT(*) FROM ({ALL_BASKETS}) l GROUP BY product_id"  # noqa: S608


@dataclass(frozen=True)
class BasketCounts:
    """How many baskets there were in the last year, and how many had each product."""

    num_baskets: int
    product_pks: list[int]
    counts: list[int]

    @cached_property
    def share(self) -> dict[int, float]:
        """The share of all baskets that have a product."""
        pairs = zip(self.product_pks, self.counts, strict=True)
        return {product_pk: count / self.num_baskets for product_pk, count in pairs}


@dataclass(frozen=True, slots=True)
class Companion:
    """A product that is bought together with another one."""

    product_pk: int
    support: int
    confidence: float
    lift: float
    score: float

    def figures(self) -> dict[str, float]:
        """Return all but the product."""
        return {name: getattr(self, name) for name in FIGURES}


def count_baskets(now: datetime) -> BasketCounts:
    """Count the baskets of the last year."""
    parameters = [str(EventKind.PURCHASE), now - SPAN, now]
    [(num_baskets,)] = _select(COUNT_BASKETS, parameters)
    rows = _select(COUNT_BY_PRODUCT, parameters)
    return BasketCounts(num_baskets, [row[0] for row in rows], [row[1] for row in rows])


def _read(stored: dict[str, Any]) -> BasketCounts:
    return BasketCounts(**stored)


basket_counts = SharedFigure(keys.BASKETS, count_baskets, _read)


def companions(product_pk: int, *, now: datetime) -> list[Companion]:
    """Return what is bought together with a product, the closest first.

    Reads the newest NEWEST_BASKETS purchases of the product, whatever their age; what was found
    is kept for some minutes.
    """
    key = keys.companions(product_pk)
    kept = None
    with suppress(RedisDownError):
        [kept] = redis_link().run(("GET", key))
    if kept:
        return [Companion(*columns) for columns in orjson.loads(kept)]
    found = count_companions(product_pk, now=now)
    columns = [[each.product_pk, *each.figures().values()] for each in found]
    with suppress(RedisDownError):
        redis_link().run(("SET", key, orjson.dumps(columns), "EX", KEPT_S))
    return found


def count_companions(product_pk: int, *, now: datetime) -> list[Companion]:
    """Count what is bought together with a product, the closest first."""
    baskets = _baskets_with(product_pk, now)
    support = Counter(pk for basket in baskets for pk in basket if pk != product_pk)
    share = basket_counts.get(now=now).share if support else {}
    found = [
        _companion(pk, together, len(baskets), share.get(product_pk, 0.0), share.get(pk, 0.0))
        for pk, together in support.most_common(MOST_COMPANIONS)
        if together >= MIN_SUPPORT
    ]
    return sorted(found, key=lambda each: (-each.score, each.product_pk))


def _baskets_with(product_pk: int, now: datetime) -> list[set[int]]:
    """Return the products of each basket with this one.

    Two queries: as one, PostgreSQL would read all purchases there are.
    """
    purchases = Event.objects.filter(kind=EventKind.PURCHASE).known_before(now)
    own = purchases.filter(product=product_pk).order_by("-occurred_at")
    moments = list(own.values_list("shopper_id", "occurred_at")[:NEWEST_BASKETS])
    if not moments:
        return []
    baskets: dict[tuple[int, date], set[int]] = {_basket(*each): set() for each in moments}
    others = purchases.filter(
        shopper__in={shopper_pk for shopper_pk, _ in moments},
        occurred_at__gte=moments[-1][1] - timedelta(days=1),
    )
    columns = ("shopper_id", "occurred_at", "product_id")
    for shopper_pk, occurred_at, pk in others.values_list(*columns).order_by():
        basket = baskets.get(_basket(shopper_pk, occurred_at))
        if basket is not None:
            basket.add(pk)
    return list(baskets.values())


def _basket(shopper_pk: int, occurred_at: datetime) -> tuple[int, date]:
    return shopper_pk, occurred_at.astimezone(UTC).date()


def _companion(pk: int, together: int, num_baskets: int, own: float, other: float) -> Companion:
    confidence = together / num_baskets
    lift = confidence / other if other else 0.0
    return Companion(
        product_pk=pk,
        support=together,
        confidence=round(confidence, 4),
        lift=round(lift, 2),
        score=round(sqrt(confidence * min(lift * own, 1.0)), 6),
    )


def _select(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
