"""What people and programs ask of the model: train, cancel, promote, roll back."""

import json
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from django.db import IntegrityError, transaction

from catalog.models import Product
from fusion import tasks
from fusion.config import TrainingConfig
from fusion.features import store
from fusion.models import TrainingRun
from fusion.promotion import PromotionRefused, active_version, promote_version, roll_back
from users.models import Event, User

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
]

MOST_COUNTED = 1_000_000  # an estimate need not count further


class TrainingAlreadyRunning(Exception):
    """One run at a time; `run` is the one that waits or works."""

    def __init__(self, run: TrainingRun) -> None:
        super().__init__(
            f"Run {run.pk} is {run.get_status_display().lower()}. Wait for it, or cancel it."
        )
        self.run = run


class TrainingFinished(Exception):
    """There is nothing left to cancel."""


@dataclass(frozen=True, slots=True)
class TrainingEstimate:
    """What a run would cost and bring.

    Attributes:
        seconds: from the last run that succeeded; None before the first.
        num_new_events: received since that run's cutoff; a million at most is counted.
        num_changed_products: added or changed since then.
        num_missing: contents without a vector yet, by modality.
    """

    seconds: float | None
    num_new_events: int
    num_changed_products: int
    num_missing: dict[str, int]
    last_run: TrainingRun | None


def create_run(
    *,
    requested_by: User | None = None,
    promotion: str = TrainingRun.Promotion.GATE,
    config: TrainingConfig | None = None,
) -> TrainingRun:
    """Write down that a model is to be trained; nobody is told yet.

    Raises:
        TrainingAlreadyRunning: another run waits or works.
    """
    values = json.loads((config or TrainingConfig()).to_json())
    try:
        with transaction.atomic():
            return TrainingRun.objects.create(
                requested_by=requested_by, promotion=promotion, config=values
            )
    except IntegrityError:
        unfinished = TrainingRun.objects.unfinished().first()
    if unfinished is None:  # it finished in this very moment
        return create_run(requested_by=requested_by, promotion=promotion, config=config)
    raise TrainingAlreadyRunning(unfinished)


def request_training(
    *,
    requested_by: User | None = None,
    promotion: str = TrainingRun.Promotion.GATE,
    config: TrainingConfig | None = None,
) -> TrainingRun:
    """Have a training worker train, evaluate and perhaps promote a model.

    Raises:
        TrainingAlreadyRunning: another run waits or works.
    """
    run = create_run(requested_by=requested_by, promotion=promotion, config=config)
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


def estimate_training() -> TrainingEstimate:
    """Say what changed since the last run that succeeded, and how long a run may take."""
    succeeded = TrainingRun.objects.filter(status=TrainingRun.Status.SUCCEEDED)
    last = succeeded.order_by("-id").select_related("version").first()
    known = Product.objects.known()
    num_new = Event.objects.filter(pk__gt=_last_event_seen(last))[:MOST_COUNTED].count()
    if last is not None and last.cutoff is not None:
        known = known.changed_since(last.cutoff)
    return TrainingEstimate(
        seconds=_expected_seconds(last, num_new),
        num_new_events=num_new,
        num_changed_products=known.count(),
        num_missing={modality: store.num_missing(modality) for modality in store.modality_names()},
        last_run=last,
    )


def _last_event_seen(run: TrainingRun | None) -> int:
    """Return the key of the last event received before the run's cutoff.

    Walks back from the newest event: as many steps as there are new ones, and no index.
    """
    if run is None or run.cutoff is None:
        return 0
    seen = Event.objects.filter(received_at__lt=run.cutoff).order_by("-id")
    return seen.values_list("id", flat=True).first() or 0


def _expected_seconds(last: TrainingRun | None, num_new_events: int) -> float | None:
    """Stretch the last run's time by how much the data has grown."""
    if last is None or last.started_at is None or last.finished_at is None:
        return None
    num_events = last.version.report.get("data", {}).get("num_interactions", 0)
    growth = 1 + num_new_events / num_events if num_events else 1.0
    return (last.finished_at - last.started_at).total_seconds() * growth
