"""What people and programs ask of the model: train, cancel, promote, roll back."""

import json
from datetime import datetime
from functools import partial

from django.db import IntegrityError, transaction

from fusion import tasks
from fusion.config import TrainingConfig
from fusion.estimate import TrainingEstimate, estimate_training
from fusion.models import TrainingRun
from fusion.promotion import (
    PromotionRefused,
    active_version,
    promote_version,
    roll_back,
    version_before,
)
from users.models import User

__all__ = [
    "PromotionRefused",
    "TrainingAlreadyRunning",
    "TrainingEstimate",
    "TrainingFinished",
    "active_version",
    "cancel_training",
    "create_run",
    "estimate_training",
    "promote_version",
    "request_training",
    "roll_back",
    "version_before",
]


class TrainingAlreadyRunning(Exception):
    """One run at a time; `run` is the one that waits or works."""

    def __init__(self, run: TrainingRun) -> None:
        super().__init__(
            f"Run {run.pk} is {run.get_status_display().lower()}. Wait for it, or cancel it."
        )
        self.run = run


class TrainingFinished(Exception):
    """There is nothing left to cancel."""


def create_run(
    *,
    requested_by: User | None = None,
    promotion: str = TrainingRun.Promotion.GATE,
    config: TrainingConfig | None = None,
    note: str = "",
) -> TrainingRun:
    """Write down that a model is to be trained; nobody is told yet.

    Raises:
        TrainingAlreadyRunning: another run waits or works.
    """
    values = json.loads((config or TrainingConfig()).to_json())
    try:
        with transaction.atomic():
            return TrainingRun.objects.create(
                requested_by=requested_by, promotion=promotion, config=values, note=note
            )
    except IntegrityError:
        unfinished = TrainingRun.objects.unfinished().first()
    if unfinished is None:  # it finished in this very moment
        return create_run(requested_by=requested_by, promotion=promotion, config=config, note=note)
    raise TrainingAlreadyRunning(unfinished)


def request_training(
    *,
    requested_by: User | None = None,
    promotion: str = TrainingRun.Promotion.GATE,
    config: TrainingConfig | None = None,
    note: str = "",
) -> TrainingRun:
    """Have a training worker train, evaluate and perhaps promote a model.

    Raises:
        TrainingAlreadyRunning: another run waits or works.
    """
    run = create_run(requested_by=requested_by, promotion=promotion, config=config, note=note)
    transaction.on_commit(partial(tasks.enqueue_training, run.pk))
    return run


def cancel_training(run_id: int, *, cancelled_at: datetime) -> TrainingRun:
    """Stop a run: a waiting one at once, a working one within seconds.

    Raises:
        TrainingRun.DoesNotExist: there is no such run.
        TrainingFinished: the run has ended already.
    """
    status = TrainingRun.Status
    rows = TrainingRun.objects.filter(pk=run_id)
    waiting, working = rows.filter(status=status.PENDING), rows.filter(status=status.RUNNING)
    # Waiting first: a worker may take the run between the two statements, never give it back.
    num_changed = waiting.update(
        status=status.CANCELLED, is_cancel_requested=True, finished_at=cancelled_at
    ) or working.update(is_cancel_requested=True)
    run = TrainingRun.objects.get(pk=run_id)
    if not num_changed:
        raise TrainingFinished(f"Run {run.pk} has {run.get_status_display().lower()} already.")
    return run
