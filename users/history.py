"""What the model reads of a shopper: the same reading for training and for a request."""

from dataclasses import dataclass
from datetime import datetime

from users.models import Event, EventKind, Shopper

# How strongly an act speaks for a product; `remove` takes the product out of the history.
KIND_WEIGHT: dict[str, float] = {
    EventKind.VIEW: 0.2,
    EventKind.CART: 0.6,
    EventKind.LIKE: 0.8,
    EventKind.RATING: 1.0,
    EventKind.PURCHASE: 1.0,
}


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """One act that speaks for a product."""

    product_pk: int
    weight: float
    occurred_at: int  # unix seconds


@dataclass(frozen=True, slots=True)
class History:
    """A shopper's last acts, oldest first, and the stamp that tells when it changed."""

    entries: tuple[HistoryEntry, ...]
    last_event_pk: int  # 0 without any event


def recent_history(shopper: Shopper, *, before: datetime, length: int = 200) -> History:
    """Return the last `length` acts known before `before`, without what was removed since."""
    rows = list(
        Event.objects.filter(shopper=shopper)
        .known_before(before)
        .newest_first()
        .values_list("id", "product_id", "kind", "occurred_at")[:length]
    )
    removed: set[int] = set()
    kept: list[HistoryEntry] = []
    for _, product_pk, kind, occurred_at in rows:
        if kind == EventKind.REMOVE:
            removed.add(product_pk)
        elif product_pk not in removed:
            kept.append(HistoryEntry(product_pk, KIND_WEIGHT[kind], int(occurred_at.timestamp())))
    return History(tuple(reversed(kept)), max((row[0] for row in rows), default=0))


def recently_viewed(shopper_pk: int, *, before: datetime, views: int = 1_000) -> list[int]:
    """Return the products a shopper looked at last, the last one first, each once.

    Reads at most `views` acts, so that a robot's history costs no more than a person's.
    """
    looked_at = Event.objects.filter(shopper=shopper_pk, kind=EventKind.VIEW).known_before(before)
    last = looked_at.newest_first().values_list("product_id", flat=True)[:views]
    return list(dict.fromkeys(last))
