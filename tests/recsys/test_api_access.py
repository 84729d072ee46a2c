"""Who reaches what, for every endpoint that exists."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

FIRST_VERSION = "api/v1/"


def _routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern, route)
        else:
            yield route, pattern


def _calls() -> list[tuple[str, str]]:
    """Return (method, path) of every call of the API, with each parameter filled in."""
    return [
        (method, "/" + re.sub(r"<[^>]+>", "1", route).rstrip("$"))
        for route, pattern in _routes(get_resolver())
        if route.startswith(FIRST_VERSION)
        for method in ("get", "post", "put", "patch", "delete")
        if hasattr(getattr(pattern.callback, "view_class", pattern.callback.cls), method)  # type: ignore[attr-defined]
    ]


CALLS = _calls()


def test_there_are_calls_to_check() -> None:
    assert ("post", "/api/v1/events") in CALLS
    assert ("get", "/api/v1/recommendations") in CALLS


@pytest.mark.django_db
@pytest.mark.parametrize(("method", "path"), CALLS)
def test_no_call_is_answered_without_a_key(method: str, path: str) -> None:
    answer = getattr(Client(), method)(path)

    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path"), [call for call in CALLS if call != ("post", "/api/v1/events")]
)
def test_a_publishable_key_reaches_nothing_but_events(
    publishable_api: APIClient, method: str, path: str
) -> None:
    assert getattr(publishable_api, method)(path).status_code == 403


def test_a_publishable_key_may_send_events(publishable_api: APIClient) -> None:
    event = {"user_id": "u1", "product_id": "p1", "kind": "view"}

    answer = publishable_api.post("/api/v1/events", {"events": [event]}, format="json")

    assert answer.status_code == 200


@pytest.mark.django_db
def test_a_wrong_key_is_told_so() -> None:
    answer = Client().get("/api/v1/recommendations", headers={"Authorization": "Bearer sk_wrong"})

    assert answer.status_code == 401
    assert answer.json()["code"] == "key_unknown"
    assert answer["WWW-Authenticate"] == "Bearer"
