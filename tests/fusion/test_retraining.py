"""Training by the clock."""

import json

import pytest
from celery import current_app
from django_celery_beat.models import PeriodicTask

from fusion.models import TrainingRun
from fusion.retraining import (
    NAME,
    RetrainingPlan,
    plan_retraining,
    retrain_on_schedule,
    retraining_plan,
)
from fusion.training_options import TrainingOptions
from tests.admin_shop import make_run, make_version
from tests.factories import EventFactory

pytestmark = pytest.mark.django_db
WEEKLY = RetrainingPlan(True, "1", 4, "quick", "manual", 100)


def test_nothing_is_planned_at_first() -> None:
    plan = retraining_plan()

    assert (plan.is_on, plan.words()) == (False, "No training by the clock.")


def test_a_plan_is_read_back_as_it_was_written() -> None:
    plan_retraining(WEEKLY)

    assert retraining_plan() == WEEKLY
    assert WEEKLY.words() == "Trains every Monday at 04:00."


def test_a_changed_plan_replaces_the_one_before() -> None:
    plan_retraining(WEEKLY)
    plan_retraining(RetrainingPlan(False, "*", 3))

    [row] = PeriodicTask.objects.filter(name=NAME)
    assert (row.enabled, row.crontab.day_of_week, row.crontab.hour) == (False, "*", "3")


def test_beat_starts_a_task_that_exists_with_arguments_it_takes() -> None:
    plan_retraining(WEEKLY)
    row = PeriodicTask.objects.get(name=NAME)
    EventFactory.create()

    current_app.tasks[row.task](**json.loads(row.kwargs))

    run = TrainingRun.objects.get()
    assert (run.promotion, run.note) == ("manual", "By the clock: 1 new events.")
    assert TrainingOptions.of(run.config) == TrainingOptions("quick", early_fusion=False)


def test_without_enough_news_nothing_is_started() -> None:
    make_version(make_run())

    retrain_on_schedule(min_new_events=2)

    assert not TrainingRun.objects.unfinished().exists()


def test_while_a_run_is_in_progress_nothing_is_started() -> None:
    running = make_run(TrainingRun.Status.RUNNING)

    retrain_on_schedule()

    assert list(TrainingRun.objects.all()) == [running]
