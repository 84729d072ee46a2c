"""A request for recommendations outlives a restart of the database."""

import io
import time

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from pytest_django import Settings
from rest_framework.test import APIClient

from fusion.serving.patience import patient
from users import services

pytestmark = pytest.mark.django_db


class Restarting:
    """A view that fails a few times, and notes which bodies it was given."""

    def __init__(self, *statuses: int) -> None:
        self.left = list(statuses)
        self.bodies: list[bytes] = []

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.bodies.append(request.body)
        return HttpResponse(status=self.left.pop(0))


def post(body: bytes) -> HttpRequest:
    return RequestFactory().post("/", io.BytesIO(body).read(), content_type="application/json")


def test_what_fails_for_a_moment_is_asked_again_with_the_same_body() -> None:
    view = Restarting(503, 503, 200)

    answer = patient(view)(post(b'{"user_id": "ada"}'))

    assert answer.status_code == 200
    assert view.bodies == [b'{"user_id": "ada"}'] * 3


def test_what_is_not_unavailable_is_answered_at_once() -> None:
    view = Restarting(404, 200)

    assert patient(view)(post(b"{}")).status_code == 404


def test_patience_ends(settings: Settings) -> None:
    settings.DATABASE_WAIT_SECONDS = 0.3
    started = time.monotonic()

    assert patient(Restarting(*[503] * 20))(post(b"{}")).status_code == 503
    assert time.monotonic() - started < 2.0


def test_events_that_cannot_be_kept_are_not_acknowledged(
    api: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db import OperationalError

    def down(*_: object, **__: object) -> None:
        raise OperationalError("the database system is starting up")

    monkeypatch.setattr(services, "insert_new", down)
    event = {"user_id": "ada", "product_id": "p", "kind": "view"}

    answer = api.post("/api/v1/events", event, format="json")

    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert answer.headers["Retry-After"] == "2"
