"""Training by the clock: the schedule a shop sets, and what happens when it is due."""

import json
import logging
from dataclasses import asdict, dataclass
from typing import Any

from celery import shared_task
from django.conf import settings
from django.db import transaction
from django_celery_beat.models import CrontabSchedule, PeriodicTask

from fusion import services
from fusion.models import TrainingRun
from fusion.training_options import Preset, TrainingOptions
from users.audit import record
from users.models import AuditAction

logger = logging.getLogger(__name__)
NAME = "retrain on schedule"  # of the row that beat reads
BY_CLOCK = "By the clock"  # how the note of such a run begins
TASK = "fusion.retrain_on_schedule"
EVERY_DAY = "*"
DAYS = {
    EVERY_DAY: "every day",
    "1": "every Monday",
    "2": "every Tuesday",
    "3": "every Wednesday",
    "4": "every Thursday",
    "5": "every Friday",
    "6": "every Saturday",
    "0": "every Sunday",
}


@dataclass(frozen=True, slots=True)
class RetrainingPlan:
    """When to train by the clock, and how.

    Attributes:
        day: a key of DAYS.
        hour: in the time zone of the settings.
        min_new_events: with fewer since the last training nothing is started.
    """

    is_on: bool = False
    day: str = EVERY_DAY
    hour: int = 3
    preset: Preset = "standard"
    promotion: str = TrainingRun.Promotion.GATE
    min_new_events: int = 1

    def words(self) -> str:
        """Say it in a sentence."""
        if not self.is_on:
            return "No training by the clock."
        return f"Trains {DAYS.get(self.day, 'as scheduled')} at {self.hour:02d}:00."


def retraining_plan() -> RetrainingPlan:
    """Return what is planned; switched off where nobody has planned anything."""
    row = PeriodicTask.objects.filter(name=NAME).select_related("crontab").first()
    if row is None or row.crontab is None:
        return RetrainingPlan()
    hour = row.crontab.hour
    return RetrainingPlan(
        is_on=row.enabled,
        day=row.crontab.day_of_week,
        hour=int(hour) if hour.isdecimal() else 0,  # somebody edited the row itself
        **json.loads(row.kwargs),
    )


@transaction.atomic
def plan_retraining(plan: RetrainingPlan) -> None:
    """Have beat start trainings by this plan from now on."""
    crontab, _ = CrontabSchedule.objects.get_or_create(
        minute="0",
        hour=str(plan.hour),
        day_of_week=plan.day,
        day_of_month="*",
        month_of_year="*",
        timezone=settings.TIME_ZONE,
    )
    how = {k: v for k, v in asdict(plan).items() if k not in ("is_on", "day", "hour")}
    row = PeriodicTask.objects.filter(name=NAME).first() or PeriodicTask(name=NAME)
    row.task, row.crontab, row.interval = TASK, crontab, None
    row.enabled, row.kwargs = plan.is_on, json.dumps(how)
    row.expire_seconds = 3600  # a start that waited for longer can wait for the next
    row.description = "Set on the page “Retrain by the clock” of the training runs."
    row.save()  # tells beat, too


@shared_task(name=TASK)
def retrain_on_schedule(
    *,
    preset: Preset = "standard",
    promotion: str = TrainingRun.Promotion.GATE,
    min_new_events: int = 1,
    **_: Any,
) -> None:
    """Start a training unless there is too little news, or a run is in progress already."""
    estimate = services.estimate_training()
    if estimate.last_run is not None and estimate.num_new_events < min_new_events:
        logger.info("retraining.no_news", extra={"num_new_events": estimate.num_new_events})
        return
    try:
        run = services.request_training(
            promotion=promotion,
            config=TrainingOptions(preset).settings(),
            note=f"{BY_CLOCK}: {estimate.num_new_events:,} new events.",
        )
    except services.TrainingAlreadyRunning as error:
        logger.info("retraining.skipped", extra={"run_id": error.run.pk})
        return
    record(AuditAction.TRAIN, [run], task="the training schedule", note=run.note)
    logger.info("retraining.requested", extra={"run_id": run.pk})
