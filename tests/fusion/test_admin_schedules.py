"""What the list of schedules says."""

import subprocess
import sys

import pytest
from django.test import Client
from django_celery_beat.models import CrontabSchedule, IntervalSchedule, PeriodicTask

from fusion.admin.schedules import schedule_words
from fusion.retraining import RetrainingPlan, plan_retraining
from tests.admin_shop import superuser

MONDAY = CrontabSchedule(minute="5", hour="3", day_of_week="1")
OFTEN = CrontabSchedule(minute="*/5", hour="3", day_of_week="1")


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (PeriodicTask(interval=IntervalSchedule(every=1, period="hours")), "every hour"),
        (
            PeriodicTask(interval=IntervalSchedule(every=3600, period="seconds")),
            "every hour",
        ),
        (PeriodicTask(interval=IntervalSchedule(every=90, period="seconds")), "every 90 seconds"),
        (PeriodicTask(interval=IntervalSchedule(every=600, period="seconds")), "every 10 minutes"),
        (PeriodicTask(crontab=MONDAY), "every Monday at 03:05"),
        (PeriodicTask(crontab=OFTEN), str(OFTEN)),
        (PeriodicTask(), "never"),
    ],
)
def test_a_schedule_is_said_in_words(row: PeriodicTask, words: str) -> None:
    assert schedule_words(row) == words


@pytest.mark.django_db
def test_the_list_says_what_each_task_does(client: Client) -> None:
    plan_retraining(RetrainingPlan(is_on=True, hour=4))
    client.force_login(superuser())

    page = client.get("/admin/django_celery_beat/periodictask/").content.decode()

    assert "Start a training unless there is too little news" in page
    assert "every day at 04:00" in page


def test_a_fresh_web_process_can_say_what_every_task_does() -> None:
    program = (
        "import os, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'recsys.settings';"
        "django.setup();"
        "from django.conf import settings; from django.contrib import admin;"
        "from django_celery_beat.models import PeriodicTask;"
        "purpose = admin.site._registry[PeriodicTask].purpose;"
        "tasks = [each['task'] for each in settings.CELERY_BEAT_SCHEDULE.values()];"
        "print([each for each in tasks if purpose(PeriodicTask(task=each))[:7] in ('', 'No such')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )

    assert done.stdout.splitlines()[-1] == "[]"
