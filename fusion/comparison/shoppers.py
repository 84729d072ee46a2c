"""Whom two versions are compared on: shoppers as they are now, and what some did since."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from users.history import HistoryEntry, recent_history
from users.models import Event, EventKind

EVENTS_READ = 20_000  # the newest ones; bounds the work on a shop of any size


@dataclass(frozen=True, slots=True)
class Asked:
    """One shopper's question.

    Attributes:
        target_pk: the product the shopper met next, None where nobody knows.
    """

    shopper_pk: int
    history: tuple[HistoryEntry, ...]
    target_pk: int | None = None

    @property
    def met_pks(self) -> frozenset[int]:
        """Return the products that are not to be shown again."""
        return frozenset(entry.product_pk for entry in self.history)


def active_now(count: int, *, now: datetime) -> list[Asked]:
    """Return the shoppers who acted last, as a request of theirs would find them."""
    newest = Event.objects.known_before(now).order_by("-pk").values_list("shopper_id", flat=True)
    pks = list(islice(dict.fromkeys(newest[:EVENTS_READ]), count))
    found = (Asked(pk, recent_history(pk, before=now)) for pk in pks)
    return [each for each in found if each.history]


def with_news(count: int, *, since: datetime, now: datetime) -> list[Asked]:
    """Return shoppers with the last product each met for the first time since `since`.

    Neither version can have learnt from what happened after both were trained, so this is a
    fair test of the two. Of each shopper the newest acts are read, as many as a model reads.
    """
    return list(islice(_news(since, now), count))


def _news(since: datetime, now: datetime) -> Iterator[Asked]:
    rows = (
        Event.objects.known_before(now)
        .filter(occurred_at__gte=since, product__is_placeholder=False)
        .exclude(kind=EventKind.REMOVE)
        .order_by("-pk")
        .values_list("shopper_id", "product_id", "occurred_at")[:EVENTS_READ]
    )
    by_shopper: dict[int, list[tuple[datetime, int]]] = {}
    for shopper_pk, product_pk, occurred_at in rows:
        by_shopper.setdefault(shopper_pk, []).append((occurred_at, product_pk))
    for shopper_pk, acts in by_shopper.items():
        for occurred_at, product_pk in sorted(acts, reverse=True):
            asked = Asked(shopper_pk, recent_history(shopper_pk, before=occurred_at), product_pk)
            if asked.history and product_pk not in asked.met_pks:
                yield asked
                break
