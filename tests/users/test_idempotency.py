"""Every write, sent twice, and twenty times at once: the same state and the same answer."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.test.utils import override_settings

from catalog.models import Category, Product, ProductImage
from fusion.models import TrainingRun
from tests.factories import NOON, EventFactory, ProductFactory, ShopperFactory, picture_bytes
from users.api_keys import create_api_key
from users.models import ApiKeyKind, Event, Shopper

AT_ONCE = 20
JSON = "application/json"
EVENTS = {
    "events": [
        {
            "user_id": f"u{n % 3}",
            "product_id": f"p{n}",
            "kind": "view",
            "event_id": f"e{n}",
            "occurred_at": "2026-06-01T12:00:00Z",
        }
        for n in range(8)
    ]
}
LAMP = {"title": "Lamp", "category": "Home > Lamps", "price": 59.9, "attributes": {"colour": "red"}}
ROWS = [{"product_id": f"p{n}", "title": f"Lamp {n}", "category": "Home > Lamps"} for n in range(8)]
Call = tuple[str, str, Any, str]
WRITES: dict[str, Call] = {
    "events": ("post", "/api/v1/events", EVENTS, JSON),
    "put product": ("put", "/api/v1/products/new", LAMP, JSON),
    "patch product": ("patch", "/api/v1/products/0042", {"price": 12}, JSON),
    "switch product off": ("delete", "/api/v1/products/0042", None, JSON),
    "bulk": ("post", "/api/v1/products/bulk", ROWS, JSON),
    "picture": ("put", "/api/v1/products/0042/images/0", picture_bytes(), "image/jpeg"),
    "put user": ("put", "/api/v1/users/new", None, JSON),
    "merge": ("post", "/api/v1/users/merge", {"visitor_id": "v1", "user_id": "ada"}, JSON),
    "erase user": ("delete", "/api/v1/users/ada", None, JSON),
    "erase visitor": ("delete", "/api/v1/visitors/v1", None, JSON),
    "train": ("post", "/api/v1/training-runs", {"preset": "quick"}, JSON),
}
# What of an answer may differ: the first is told that something is new, the others that it is not.
FIRST = {200: 201, 404: 200, 409: 202}
STATE: tuple[type[Model], ...] = (Category, Event, Product, ProductImage, Shopper, TrainingRun)
# When it was written is no part of what was written; row numbers of what lost a race are skipped.
NOT_STATE = {"id", "created_at", "updated_at", "received_at", "heartbeat_at"}


@pytest.fixture
def key(transactional_db: None) -> str:
    ProductFactory.create(external_id="0042", title="Old lamp")
    ada = ShopperFactory.create(external_id="ada")
    visitor = ShopperFactory.create(external_id="v1", kind="visitor")
    EventFactory.create(shopper=ada, occurred_at=NOON)
    EventFactory.create(shopper=visitor, occurred_at=NOON)
    scopes = ["ingest", "operate"]
    return create_api_key(name="k", kind=ApiKeyKind.SECRET, scopes=scopes)[1]


def send(key: str, call: Call) -> Any:
    method, path, body, kind = call
    sent = {} if body is None else {"data": body, "content_type": kind}
    headers = {"Authorization": f"Bearer {key}"}
    return getattr(Client(), method)(path, headers=headers, **sent)


def state() -> dict[str, list[Any]]:
    """Everything that is stored, by table, without what tells when."""
    return {
        table.__name__: sorted(
            str(
                {
                    name: value
                    for name, value in row.items()
                    if name.removesuffix("_id") not in NOT_STATE
                }
            )
            for row in table._default_manager.values(
                *[field.attname for field in table._meta.concrete_fields if not field.is_relation]
            )
        )
        for table in STATE
    }


def at_once(call: Callable[[], Any]) -> list[Any]:
    """Make the call in threads that start together; return the answers, or raise."""
    barrier = threading.Barrier(AT_ONCE)
    answers: list[Any] = []

    def run() -> None:
        try:
            barrier.wait()
            answers.append(call())
        except Exception as error:
            answers.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for answer in answers:
        if isinstance(answer, Exception):
            raise answer
    return answers


def told(answer: Any) -> Any:
    """The part of an answer that must not depend on who came first."""
    if not answer.content or answer.status_code >= 400:
        return answer.content and answer.json()["code"]
    body = answer.json()
    firsts = ("status", "accepted", "duplicate", "created", "unchanged", "quarantined", "updated")
    late = {"created_at", "updated_at", "num_events_moved", *firsts}
    if "results" in body:
        body["results"] = [
            {name: value for name, value in row.items() if name not in late}
            for row in body["results"]
        ]
    return {name: value for name, value in body.items() if name not in late}


@pytest.fixture(autouse=True)
def pictures_in_memory(settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.parametrize("name", WRITES)
def test_a_write_sent_twice_is_done_once(key: str, name: str) -> None:
    first = send(key, WRITES[name])
    once = state()

    second = send(key, WRITES[name])

    assert state() == once
    assert second.status_code in (first.status_code, *_later(first.status_code))
    if second.status_code < 400:
        assert told(second) == told(first)


def _later(first: int) -> list[int]:
    """The statuses that a repetition of a call may have."""
    return [later for later, status in FIRST.items() if status == first]


@pytest.mark.postgres_only
@pytest.mark.parametrize("name", WRITES)
def test_a_write_sent_twenty_times_at_once_is_done_once(key: str, name: str) -> None:
    with override_settings(CELERY_TASK_ALWAYS_EAGER=False):
        answers = at_once(lambda: send(key, WRITES[name]))
    together = state()

    again = send(key, WRITES[name])

    assert state() == together
    codes = [answer.status_code for answer in answers]
    assert max(codes) < 500
    firsts = [code for code in codes if code in FIRST.values() and code not in FIRST]
    assert len(firsts) <= 1
    kept = [told(answer) for answer in answers if answer.status_code == again.status_code]
    assert all(each == told(again) for each in kept)
