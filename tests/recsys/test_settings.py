"""Settings that a running system stands on."""

from celery.beat import ScheduleEntry
from django.conf import settings

from recsys.celery import app


def test_every_scheduled_task_exists() -> None:
    app.loader.import_default_modules()
    scheduled: dict[str, dict[str, ScheduleEntry]] = settings.CELERY_BEAT_SCHEDULE

    assert {entry["task"] for entry in scheduled.values()} <= set(app.tasks)


def test_celery_reads_and_writes_json_alone() -> None:
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"
