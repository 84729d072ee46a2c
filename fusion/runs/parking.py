"""Where tasks go that failed at every try."""

import hashlib
import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
from celery import current_app
from django.db.models import F

from fusion.models import ParkedTask

logger = logging.getLogger(__name__)
MOST_PARKED = 1_000  # then the oldest go
LONGEST_REASON = 2_000


def park(name: str, arguments: Mapping[str, Any], *, reason: str, now: datetime) -> ParkedTask:
    """Write down that a task was given up; the same task with the same arguments is one row."""
    told = orjson.loads(orjson.dumps(dict(arguments), default=str))
    digest = _digest(name, told)
    parked, is_new = ParkedTask.objects.get_or_create(
        digest=digest,
        defaults={
            "name": name,
            "arguments": told,
            "reason": reason[:LONGEST_REASON],
            "first_parked_at": now,
            "last_parked_at": now,
        },
    )
    if not is_new:
        changes = {"reason": reason[:LONGEST_REASON], "last_parked_at": now}
        ParkedTask.objects.filter(pk=parked.pk).update(num_times=F("num_times") + 1, **changes)
    logger.error("task.parked", extra={"task": name, "reason": reason})
    _forget_oldest()
    return parked


def queue_again(parked: ParkedTask) -> None:
    """Send the task once more; its row goes, and comes back if it fails again.

    Raises:
        kombu.exceptions.OperationalError: there is no broker; the row stays.
    """
    current_app.tasks[parked.name].apply_async(kwargs=parked.arguments, ignore_result=True)
    parked.delete()


def _digest(name: str, arguments: Mapping[str, Any]) -> str:
    body = orjson.dumps([name, arguments], option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(body, digest_size=16).hexdigest()


def _forget_oldest() -> None:
    kept = ParkedTask.objects.order_by("-last_parked_at").values("pk")[:MOST_PARKED]
    ParkedTask.objects.exclude(pk__in=kept).delete()
