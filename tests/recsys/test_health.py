"""Health answers."""

import pytest
from django.test import Client
from pytest_django import Settings


def test_a_live_process_says_so_without_a_database() -> None:
    assert Client().get("/livez").json() == {"status": "ok"}


@pytest.mark.django_db
def test_a_ready_process_reaches_database_and_redis() -> None:
    answer = Client().get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["checks"]["database"] == "ok"
    assert answer.json()["checks"]["redis"] == "ok"


@pytest.mark.django_db
def test_a_process_without_redis_is_still_ready(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    answer = Client().get("/readyz")

    assert answer.status_code == 200
    assert answer.json()["checks"]["redis"].startswith("unreachable")
