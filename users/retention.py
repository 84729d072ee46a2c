"""The end of old events: never by default, and in parts that hold nobody up."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings

from users.models import Event

BATCH = 5_000


def oldest_kept(now: datetime) -> datetime | None:
    """Return the moment before which events end; None where they are kept for ever."""
    days = settings.EVENT_RETENTION_DAYS
    return now - timedelta(days=days) if days else None


def count_events_before(moment: datetime) -> int:
    """Return how many events happened before the moment."""
    return Event.objects.filter(occurred_at__lt=moment).count()


def delete_events_before(moment: datetime, *, batch: int = BATCH) -> Iterator[int]:
    """Delete events that happened before the moment; give how many after each part.

    Each part is a statement of its own, so a worker that dies has lost nothing but time.
    """
    old = Event.objects.filter(occurred_at__lt=moment).order_by("occurred_at", "id")
    while pks := list(old.values_list("pk", flat=True)[:batch]):
        yield Event.objects.filter(pk__in=pks).delete()[0]
