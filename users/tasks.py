"""Celery entry points. Each may run twice."""

import logging
from typing import Any

from celery import shared_task
from django.utils import timezone

from users.audit import record_many
from users.models import AuditAction, Event
from users.retention import delete_events_before, oldest_kept

logger = logging.getLogger(__name__)


@shared_task(name="users.delete_old_events")
def delete_old_events(**_: Any) -> None:
    """Delete events older than EVENT_RETENTION_DAYS; nothing without that setting."""
    moment = oldest_kept(timezone.now())
    if moment is None:
        return
    num_deleted = sum(delete_events_before(moment))
    if num_deleted:
        which, note = f"before {moment:%F %T} UTC", f"{num_deleted:,} deleted."
        record_many(AuditAction.DELETE, Event, which, task="event retention", note=note)
        logger.info("events.deleted", extra={"count": num_deleted, "before": moment})
