"""Celery entry points. Each claims what it works on, and may run twice.

Names and queues are in `CELERY_TASK_ROUTES`. Nothing here imports torch until a task runs.
"""

import logging
import time
from datetime import datetime
from typing import Any

from celery import shared_task
from django.utils import timezone
from kombu.exceptions import OperationalError

from fusion.aggregates import answer_hours, catalogue_counts
from fusion.attribution import figures
from fusion.features import encoding_turn, picture_fit, store
from fusion.models import ServedList
from fusion.runs import sweep, worker
from fusion.serving import baskets, popular, precompute, served_list_retention, served_lists
from users.audit import record_many
from users.models import AuditAction

logger = logging.getLogger(__name__)

# How often, and how many times, to look whether a promoted version answers.
LOOK_EVERY_S = 2
MOST_LOOKS = 30
SLICE_SECONDS = 10.0  # then other tasks of the worker get their turn
CHECK_EXPIRES_S = 3600  # of a check of the pictures that no worker has begun


def enqueue_encoding(modality: str) -> None:
    """Queue the encoding of what is missing; the message dies with the turn it belongs to."""
    encode_missing.apply_async(
        kwargs={"modality": modality}, expires=encoding_turn.TURN_SECONDS, ignore_result=True
    )


@shared_task(name="fusion.encode_missing")
def encode_missing(*, modality: str, **_: Any) -> None:
    """Encode for a few seconds, then queue the rest.

    Vectors are known by content, so a second delivery encodes nothing twice.
    """
    give_up_at = time.monotonic() + SLICE_SECONDS
    encoding_turn.keep_turn(modality)
    while store.encode_missing(modality).num_left and time.monotonic() < give_up_at:
        encoding_turn.keep_turn(modality)
    if store.is_missing(modality):
        encoding_turn.keep_turn(modality)
        enqueue_encoding(modality)
    else:
        encoding_turn.give_turn_back(modality)


@shared_task(name="fusion.enqueue_missing_encodings")
def enqueue_missing_encodings(**_: Any) -> None:
    """Queue the encoding of new texts and pictures, unless that is queued already."""
    for modality in store.modality_names():
        if store.is_missing(modality) and encoding_turn.take_turn(modality):
            enqueue_encoding(modality)


def enqueue_training(run_id: int) -> None:
    """Queue a run for the next training worker that is free.

    The run is in the database already: without a broker the sweep queues it later.
    """
    try:
        train_version.apply_async(kwargs={"run_id": run_id}, ignore_result=True)
    except OperationalError:
        logger.warning("training.broker_down", extra={"run_id": run_id})


@shared_task(name="fusion.train_version")
def train_version(*, run_id: int, **_: Any) -> None:
    """Train one run.

    Redis may deliver this message twice. The claim is one UPDATE, so one delivery trains
    and the other stops there.
    """
    worker.carry_out(run_id, now=timezone.now())


@shared_task(name="fusion.sweep_orphaned_runs")
def sweep_orphaned_runs(**_: Any) -> None:
    """Hand runs whose worker died, or whose message was lost, to the next worker."""
    for run_id in sweep.runs_to_enqueue(now=timezone.now()):
        enqueue_training(run_id)


@shared_task(name="fusion.store_served_lists")
def store_served_lists(**_: Any) -> None:
    """Write answers noted in Redis to the database."""
    served_lists.store_pending()


@shared_task(name="fusion.refresh_popular")
def refresh_popular(**_: Any) -> None:
    """Compute what is popular, and what is in baskets, before a request has to."""
    popular.popularity_cache.refresh(now=timezone.now())
    baskets.basket_counts.refresh(now=timezone.now())


@shared_task(name="fusion.refresh_hot_lists")
def refresh_hot_lists(*, looks_left: int = 0, **_: Any) -> None:
    """Rank for active shoppers before they ask; after a promotion, once it has arrived."""
    refreshed = precompute.refresh_hot_lists(now=timezone.now())
    if refreshed.is_switching and looks_left:
        enqueue_hot_lists(looks_left - 1)


def enqueue_hot_lists(looks_left: int = MOST_LOOKS) -> None:
    """Have hot lists refreshed by the version that was just promoted.

    Only sooner: the schedule comes round to them anyway.
    """
    refresh_hot_lists.apply_async(
        kwargs={"looks_left": looks_left}, countdown=LOOK_EVERY_S, expires=60, ignore_result=True
    )


@shared_task(name="fusion.compute_attribution")
def compute_attribution(**_: Any) -> None:
    """Compute what came of the answers of the last days."""
    figures.compute_attribution(now=timezone.now())


@shared_task(name="fusion.note_answers")
def note_answers(**_: Any) -> None:
    """Add what the counters of answers grew by to the hour."""
    answer_hours.note_answers(now=timezone.now())


@shared_task(name="fusion.count_catalogue")
def count_catalogue(**_: Any) -> None:
    """Count the catalogue for the dashboard, unless that was done just now."""
    catalogue_counts.count_catalogue(now=timezone.now())


@shared_task(name="fusion.delete_old_served_lists")
def delete_old_served_lists(**_: Any) -> None:
    """Delete answers older than they are kept."""
    num_deleted = served_list_retention.delete_old(now=timezone.now())
    if num_deleted:
        which, note = "older than they are kept", f"{num_deleted:,} deleted."
        record_many(AuditAction.DELETE, ServedList, which, task="answer retention", note=note)


def enqueue_picture_check(*, asked_at: datetime) -> bool:
    """Queue a check of the pictures; False while the broker is down."""
    asked = {"asked_at": asked_at.isoformat()}
    try:
        check_picture_fit.apply_async(kwargs=asked, expires=CHECK_EXPIRES_S, ignore_result=True)
    except OperationalError:
        return False
    return True


@shared_task(name="fusion.check_picture_fit")
def check_picture_fit(*, asked_at: str | None = None, **_: Any) -> None:
    """Look for pictures that do not fit their words: now where a person asked, else daily."""
    now = timezone.now()
    asked = datetime.fromisoformat(asked_at) if asked_at else None
    if picture_fit.is_due(now=now, asked_at=asked):
        picture_fit.check_picture_fit(now=now)
