"""The schedule as beat keeps it."""

import pytest
from django.conf import settings
from django_celery_beat.models import PeriodicTask
from django_celery_beat.schedulers import ModelEntry

from recsys.celery import app


@pytest.mark.django_db
def test_a_task_that_nobody_took_expires_before_the_next_one() -> None:
    for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
        ModelEntry.from_entry(name, app=app, **entry)

    tasks = PeriodicTask.objects.filter(name__in=settings.CELERY_BEAT_SCHEDULE)
    expires = {task.name: task.expire_seconds for task in tasks}
    assert len(expires) == len(settings.CELERY_BEAT_SCHEDULE)
    assert expires["store served lists"] == 4
    assert expires["delete old events"] == 77_760
