"""Celery entry points. Each may run twice."""

import logging
from typing import Any

from celery import shared_task
from django.utils import timezone

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
        logger.info("events.deleted", extra={"count": num_deleted, "before": moment})
