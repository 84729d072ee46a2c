"""Which web pages may send what."""

from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import Settings
from rest_framework.test import APIClient

SHOP, STRANGER = "https://shop.example", "https://elsewhere.example"
VIEW = {"visitor_id": "v1", "product_id": "0042", "kind": "view"}


@pytest.fixture(autouse=True)
def shop_is_listed(settings: Settings) -> None:
    settings.CORS_ALLOWED_ORIGINS = [SHOP]


def preflight(path: str, origin: str) -> Any:
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    return Client().options(path, headers=asked)


def test_a_page_of_the_shop_is_told_without_a_key_that_it_may_send_events() -> None:
    answer = preflight("/api/v1/events", SHOP)

    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == SHOP
    assert answer["Access-Control-Allow-Methods"] == "POST"
    assert answer["Access-Control-Allow-Headers"] == "authorization, content-type"
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
