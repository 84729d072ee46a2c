"""What the list of schedules says."""

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
