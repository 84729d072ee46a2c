"""What most shoppers like at the moment, over all and by category."""

from collections.abc import Callable, Container, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from time import monotonic
from typing import Any

from django.db import connection
from django.db.models import Case, FloatField, Max, QuerySet, Value, When

from catalog.models import Product
from fusion.serving import keys
from fusion.serving.shared_figure import SharedFigure
from users.history import KIND_WEIGHT
from users.models import Event


class Window(StrEnum):
    """How far back one looks."""

    HOUR = "1h"
    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"

    @property
    def length(self) -> timedelta:
        """The time between the window's ends."""
        return LENGTH[self]


LENGTH = {
    Window.HOUR: timedelta(hours=1),
    Window.DAY: timedelta(days=1),
    Window.WEEK: timedelta(days=7),
    Window.MONTH: timedelta(days=30),
}
# Of a window: its newest part counts whole. Half-lives would need a different SQL on each
# database; steps say the same.
DECAY = ((1 / 30, 1.0), (7 / 30, 0.6), (1, 0.25))
NEWEST_EVENTS = 1_000_000  # bounds the query: a busier shop's last days are what counts there
MOST_PRODUCTS = 20_000
# The rows within are pairs of product and shopper with `vote`. Django groups only once.
SUM_OF_VOTES = f"""
    SELECT product.id, SUM(vote) AS score, product.category_id
    FROM ({{votes}}) votes JOIN {Product._meta.db_table} product ON product.id = votes.product_id
    WHERE product.is_available AND vote > 0
    GROUP BY product.id ORDER BY score DESC, product.id LIMIT {MOST_PRODUCTS}
"""  # noqa: S608


@dataclass(frozen=True, slots=True)
class Popularity:
    """Columns of the P most popular products, most popular first.

    Attributes:
        scores: weighted shoppers; compare only within one popularity.
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


def compute_popularity(*, now: datetime, window: Window = Window.MONTH) -> Popularity:
    """Add up shoppers by what they did in the window, newer and stronger acts counting more.

    A shopper counts once for a product, by the act that counts most: whoever can send events
    could otherwise make a product popular alone. The window ends with the newest event known at
    `now`, so that a shop that slept, or one that imported an old year, still knows what was
    popular.
    """
    known = Event.objects.known_before(now)
    newest = known.newest_first().values_list("occurred_at", flat=True)
    last = newest.first()
    if last is None:
        return Popularity([], [], [])
    inside = newest.filter(occurred_at__gte=last - window.length)
    since = max([last - window.length, *inside[NEWEST_EVENTS : NEWEST_EVENTS + 1]])
    acts = known.engaged().filter(occurred_at__gte=since)
    found = _sum_of_votes(acts.values("product_id", "shopper_id"), last, window)
    return Popularity(
        product_pks=[row[0] for row in found],
        scores=[round(float(row[1]), 4) for row in found],
        category_pks=[row[2] or 0 for row in found],
    )


def _sum_of_votes(
    acts: QuerySet[Event, Any], last: datetime, window: Window
) -> list[tuple[int, float, int | None]]:
    """Return product, score and category, best first, of acts grouped by product and shopper."""
    strength = Case(
        *(When(kind=kind, then=Value(weight)) for kind, weight in KIND_WEIGHT.items()),
        default=Value(0.0),
        output_field=FloatField(),
    )
    recency = Case(
        *(
            When(occurred_at__gte=last - window.length * share, then=Value(factor))
            for share, factor in DECAY
        ),
        default=Value(0.0),
        output_field=FloatField(),
    )
    votes = acts.annotate(vote=Max(strength * recency)).order_by()
    sql, parameters = votes.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(SUM_OF_VOTES.format(votes=sql), parameters)
        return list(cursor.fetchall())


class PopularityCache:
    """The popularity of each window, as this process knows it."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._figures = {window: _shared(window, clock) for window in Window}

    def get(self, *, now: datetime, window: Window = Window.MONTH) -> Popularity:
        """Return the popularity."""
        return self._figures[window].get(now=now)

    def refresh(self, *, now: datetime) -> list[Window]:
        """Compute for all processes what is no longer fresh; say which windows."""
        return [window for window, each in self._figures.items() if each.refresh(now=now)]

    def forget(self) -> None:
        """Drop this process's copies."""
        for figure in self._figures.values():
            figure.forget()


def _shared(window: Window, clock: Callable[[], float]) -> SharedFigure[Popularity]:
    def compute(now: datetime) -> Popularity:
        return compute_popularity(now=now, window=window)

    return SharedFigure(keys.popular(window), compute, _read, clock=clock)


def _read(stored: dict[str, Any]) -> Popularity:
    return Popularity(**stored)


popularity_cache = PopularityCache()
