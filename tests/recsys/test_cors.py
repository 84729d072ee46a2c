"""Which web pages may send what."""

from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

from users import origins
from users.api_keys import create_api_key
from users.models import ApiKeyKind, Event

SHOP, STRANGER = "https://shop.example", "https://elsewhere.example"
VIEW = {"visitor_id": "v1", "product_id": "0042", "kind": "view"}


@pytest.fixture(autouse=True)
def shop_is_listed(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]
    origins._listed.cache_clear()


def send(key: str, **headers: str) -> Any:
    """Send an event as a page does."""
    bearer = {"Authorization": f"Bearer {key}"}
    return Client().post(
        "/api/v1/events", VIEW, content_type="application/json", headers=bearer | headers
    )


def page_key(*allowed: str) -> str:
    return create_api_key(
        name="page", kind=ApiKeyKind.PUBLISHABLE, scopes=["events"], allowed_origins=allowed
    )[1]


def preflight(path: str, origin: str) -> Any:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return Client().options(path, headers=asked)


@pytest.mark.django_db
def test_a_page_of_the_shop_is_told_without_a_key_that_it_may_send_events() -> None:
    answer = preflight("/api/v1/events", SHOP)

    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == SHOP
    assert answer["Access-Control-Allow-Methods"] == "POST"
    assert answer["Access-Control-Allow-Headers"] == "authorization, content-type, idempotency-key"
    assert "Access-Control-Allow-Credentials" not in answer


@pytest.mark.parametrize(
    ("path", "origin"),
    [("/api/v1/events", STRANGER), ("/api/v1/events", "null"), ("/api/v1/users/merge", SHOP)],
)
@pytest.mark.django_db
def test_other_pages_and_other_calls_are_not_opened(path: str, origin: str) -> None:
    assert "Access-Control-Allow-Origin" not in preflight(path, origin)


def test_a_page_of_the_shop_reads_the_verdicts(publishable_api: APIClient) -> None:
    answer = publishable_api.post("/api/v1/events", VIEW, format="json", headers={"origin": SHOP})

    assert answer.json()["quarantined"] == 1
    assert answer["Access-Control-Allow-Origin"] == SHOP


@pytest.mark.django_db
def test_a_page_of_the_shop_reads_why_its_key_is_refused() -> None:
    answer = Client().post("/api/v1/events", headers={"origin": SHOP})

    assert answer.status_code == 401
    assert answer["Access-Control-Allow-Origin"] == SHOP


def test_no_page_is_listed_unless_the_operator_lists_it(
    publishable_api: APIClient, settings: Settings
) -> None:
    settings.CORS_ALLOWED_ORIGINS = []

    answer = publishable_api.post("/api/v1/events", VIEW, format="json", headers={"origin": SHOP})

    assert "Access-Control-Allow-Origin" not in answer


@pytest.mark.django_db
def test_a_key_lists_pages_of_its_own() -> None:
    key = page_key("https://blog.example")

    assert preflight("/api/v1/events", "https://blog.example").has_header(
        "Access-Control-Allow-Origin"
    )
    answer = send(key, Origin="https://blog.example")
    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "https://blog.example"
    assert "RateLimit-Remaining" in answer["Access-Control-Expose-Headers"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "origin", [STRANGER, "null", "https://shop.example.evil", "http://shop.example"]
)
def test_a_page_of_a_foreign_origin_is_refused_and_stores_nothing(origin: str) -> None:
    answer = send(page_key("https://blog.example"), Origin=origin)

    assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")
    assert "Access-Control-Allow-Origin" not in answer
    assert not Event.objects.exists()


@pytest.mark.django_db
def test_a_page_listed_by_one_key_does_not_use_another() -> None:
    page_key("https://blog.example")

    answer = send(page_key("https://other.example"), Origin="https://blog.example")

    assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")


@pytest.mark.django_db
def test_pages_of_the_server_itself_may_use_every_publishable_key() -> None:
    assert send(page_key(), Origin="http://testserver").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/v1/recommendations", "/api/v1/users/merge", "/api/docs/"])
def test_the_pages_of_a_key_reach_nothing_but_events(path: str) -> None:
    page_key("https://blog.example")

    assert "Access-Control-Allow-Origin" not in preflight(path, "https://blog.example")


def test_an_origin_is_kept_as_browsers_send_it() -> None:
    assert origins.normal_origin(" HTTPS://Shop.Example:8443/ ") == "https://shop.example:8443"


@pytest.mark.parametrize(
    "text", ["shop.example", "*", "null", "https://a.b/x", "ftp://a.b", "https://u@a.b"]
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"send https://shop\.example\.com"):
        origins.normal_origin(text)
