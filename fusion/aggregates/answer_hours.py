"""The counters of answers as hours: what Redis knows only as sums since its start."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime

from django.db import transaction

from catalog.redis_link import RedisDownError
from fusion.models import AnswerHour
from fusion.serving.counters import read_counts

Counts = Counter[str]


def note_answers(*, now: datetime) -> None:
    """Add what the counters grew by since they were last read to the hour of `now`.

    What is added and how far the counters were read is one row, so a call that dies, or two at
    the same time, count each answer once.

    Raises:
        RedisDownError: the counters cannot be read; the next call makes up for it.
    """
    with transaction.atomic():
        last = AnswerHour.objects.select_for_update().order_by("-hour").first()
        seen = read_counts()
        growth = grown(seen, last.seen if last else {})
        hour = hour_of(now)
        # A clock that was put back must not open an hour before the last one.
        if last is None or last.hour < hour:
            AnswerHour.objects.create(hour=hour, counts=growth, seen=seen)
            AnswerHour.objects.filter(hour__lt=hour).exclude(seen={}).update(seen={})
        else:
            last.counts, last.seen = Counter(last.counts) + growth, seen
            last.save(update_fields=["counts", "seen"])


def answers_by_hour(since: datetime, *, now: datetime) -> dict[datetime, Counts]:
    """Return the counts of each hour from `since` on that had an answer.

    What the counters grew by since they were last read is part of the hour of `now`.
    """
    rows = list(AnswerHour.objects.filter(hour__gte=since).order_by("hour"))
    found = {row.hour: Counter(row.counts) for row in rows}
    try:
        fresh = grown(read_counts(), rows[-1].seen if rows else _seen())
    except RedisDownError:
        return found
    if fresh:
        found[hour_of(now)] = found.get(hour_of(now), Counter()) + fresh
    return found


def grown(counts: Mapping[str, int], seen: Mapping[str, int]) -> Counts:
    """Return how much each counter grew; one that is smaller now began anew, with all others."""
    if any(counts.get(name, 0) < value for name, value in seen.items()):
        seen = {}
    return +Counter({name: value - seen.get(name, 0) for name, value in counts.items()})


def hour_of(moment: datetime) -> datetime:
    """Return the begin of the hour, UTC."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _seen() -> dict[str, int]:
    """Return how far the counters were read, of an hour that lies further back."""
    last = AnswerHour.objects.order_by("-hour").values_list("seen", flat=True).first()
    return last or {}
