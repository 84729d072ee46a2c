"""Tasks are tried a bounded number of times, then parked where an admin sees them."""

from datetime import timedelta

import pytest
from celery import current_app
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from redis import Redis

from fusion.models import ParkedTask
from fusion.runs import parking
from fusion.runs.bounded_task import MOST_STARTS, BoundedTask, PoisonousTaskError
from fusion.runs.parking import park, queue_again
from users.models import AuditEntry, User

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def test_every_task_of_ours_is_bounded() -> None:
    ours = [
        task for name, task in current_app.tasks.items() if name.startswith(("fusion.", "users."))
    ]

    assert len(ours) > 5
    assert all(isinstance(task, BoundedTask) for task in ours)
    assert {task.max_retries for task in ours} == {3}


def test_the_same_task_is_parked_once_and_counted() -> None:
    park("fusion.encode_missing", {"modality": "text"}, reason="first", now=NOW)
    later = NOW + timedelta(hours=1)
    park("fusion.encode_missing", {"modality": "text"}, reason="second", now=later)
    park("fusion.encode_missing", {"modality": "image"}, reason="third", now=NOW)

    text = ParkedTask.objects.get(arguments={"modality": "text"})
    assert (text.num_times, text.reason) == (2, "second")
    assert (text.first_parked_at, text.last_parked_at) == (NOW, later)
    assert str(text) == "fusion.encode_missing(modality='text')"
    assert ParkedTask.objects.count() == 2


def test_the_oldest_go_when_there_are_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parking, "MOST_PARKED", 2)
    for number in range(3):
        moment = NOW + timedelta(minutes=number)
        park("fusion.train_version", {"run_id": number}, reason="?", now=moment)

    assert [row.arguments["run_id"] for row in ParkedTask.objects.all()] == [2, 1]


def test_a_task_queued_again_leaves_the_list(redis_client: Redis) -> None:
    parked = park("fusion.encode_missing", {"modality": "text"}, reason="?", now=NOW)

    queue_again(parked)

    assert redis_client.llen("content") == 1
    assert ParkedTask.objects.count() == 0


def test_a_task_that_killed_its_worker_too_often_is_not_started(redis_client: Redis) -> None:
    task = current_app.tasks["fusion.encode_missing"]
    for _ in range(MOST_STARTS):
        task.before_start("an-id", (), {})

    with pytest.raises(PoisonousTaskError, match="died at each of 3 tries"):
        task.before_start("an-id", (), {})
    task.before_start("another-id", (), {})


def test_a_task_that_ends_is_forgotten(redis_client: Redis) -> None:
    task = current_app.tasks["fusion.encode_missing"]
    task.before_start("an-id", (), {})

    task.after_return("SUCCESS", None, "an-id", (), {}, None)  # type: ignore[arg-type]

    assert redis_client.keys("fusion:task_starts:*") == []


def test_a_person_with_the_right_queues_it_again(client: Client, redis_client: Redis) -> None:
    parked = park("fusion.encode_missing", {"modality": "text"}, reason="No space left.", now=NOW)
    staff = User.objects.create_user("ada", password="a long password", is_staff=True)
    rights = Permission.objects.filter(codename__in=["view_parkedtask", "delete_parkedtask"])
    staff.user_permissions.add(*rights)
    client.force_login(staff)
    address = reverse("admin:fusion_parkedtask_changelist")

    page = client.get(address).content.decode()
    client.post(address, {"action": "queue_again", "_selected_action": [parked.pk]})

    assert "No space left." in page
    assert redis_client.llen("content") == 1
    assert ParkedTask.objects.count() == 0
    acts = AuditEntry.objects.values_list("actor", "action", "object_id", "note")
    assert list(acts) == [("ada", "run", str(parked.pk), "Queued again.")]
