"""Asking for a comparison, and carrying it out on a worker. Torch only where it is carried out."""

import logging
from datetime import datetime
from functools import partial
from typing import Any

from celery import shared_task
from django.db import IntegrityError, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from fusion.models import ModelVersion, VersionComparison
from fusion.training.manifest import ArtifactError
from users.models import User

logger = logging.getLogger(__name__)
Status = VersionComparison.Status
WENT_SILENT = "The worker went silent. Compare again."


def request_comparison(
    first: ModelVersion, second: ModelVersion, *, requested_by: User | None, now: datetime
) -> VersionComparison:
    """Have a worker compare two versions; returns the one in progress where there is one."""
    lost = VersionComparison.objects.abandoned(now=now)
    lost.update(status=Status.FAILED, error=WENT_SILENT, finished_at=now)
    try:
        with transaction.atomic():
            comparison = VersionComparison.objects.create(
                first=first, second=second, requested_by=requested_by
            )
    except IntegrityError:
        same = VersionComparison.objects.unfinished().filter(first=first, second=second)
        return same.get()
    transaction.on_commit(partial(_enqueue, comparison.pk))
    return comparison


def _enqueue(comparison_id: int) -> None:
    try:
        compare_versions.apply_async(kwargs={"comparison_id": comparison_id}, ignore_result=True)
    except OperationalError as error:
        logger.warning("comparison.broker_down", extra={"comparison_id": comparison_id})
        _end(comparison_id, Status.FAILED, error=f"Redis does not answer: {error}. Try again.")


@shared_task(name="fusion.compare_versions")
def compare_versions(*, comparison_id: int, **_: Any) -> None:
    """Carry out one comparison; a second delivery of the message changes nothing."""
    now = timezone.now()
    if not VersionComparison.objects.claim(comparison_id, now=now):
        logger.info("comparison.already_claimed", extra={"comparison_id": comparison_id})
        return
    comparison = VersionComparison.objects.select_related("first", "second").get(pk=comparison_id)
    from fusion.comparison.work import compare  # torch: only who ranks pays for it

    def progress(done: float, message: str) -> None:
        _rows(comparison_id).update(progress=done, message=message, heartbeat_at=timezone.now())

    try:
        result = compare(comparison.first, comparison.second, now=now, progress=progress)
    except (ArtifactError, ValueError) as error:
        _end(comparison_id, Status.FAILED, error=str(error))
    except Exception as error:
        logger.exception("comparison.failed", extra={"comparison_id": comparison_id})
        words = f"{type(error).__name__}: {error}. The content worker's log has the details."
        _end(comparison_id, Status.FAILED, error=words)
    else:
        _end(comparison_id, Status.SUCCEEDED, result=result, progress=1.0)


def _rows(comparison_id: int) -> Any:
    """Return the row while nobody has ended it."""
    return VersionComparison.objects.unfinished().filter(pk=comparison_id)


def _end(comparison_id: int, status: Status, **values: Any) -> None:
    _rows(comparison_id).update(status=status, finished_at=timezone.now(), message="", **values)
