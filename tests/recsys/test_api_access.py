"""Who reaches what: every call that exists, with every kind of key.

The calls come from the addresses themselves, so a new one cannot be forgotten: it is closed to
all keys here until `MAY` says who reaches it.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from users.api_keys import create_api_key
from users.models import ApiKeyKind

METHODS = ("get", "post", "put", "patch", "delete")
NOBODY = "00000000-0000-0000-0000-000000000000"
FIRST_VERSION = "api/v1/"
# Which scopes reach which calls, by the beginning of the address; the longest that fits counts.
MAY: dict[str, set[str]] = {
    "/api/v1/recommendations": {"recommend"},
    "/api/v1/rankings": {"recommend"},
    "/api/v1/carts": {"recommend"},
    "/api/v1/trending": {"recommend"},
    "/api/v1/products": {"ingest"},
    "/api/v1/products/1/similar": {"recommend"},
    "/api/v1/products/1/bought-together": {"recommend"},
    "/api/v1/users": {"ingest"},
    "/api/v1/users/1/recently-viewed": {"recommend"},
    "/api/v1/visitors": {"ingest"},
    "/api/v1/visitors/1/recently-viewed": {"recommend"},
    "/api/v1/events": {"ingest", "events"},
    "/api/v1/training-runs": {"operate"},
    "/api/v1/model-versions": {"operate"},
    "/api/v1/attribution": {"operate"},
    "/metrics": {"operate"},
}
# Pages, descriptions and signs of life: everybody reads them, and nothing else is open.
OPEN = {
    "/livez",
    "/readyz",
    "/api/schema/",
    "/api/docs/",
    "/api/redoc/",
    "/api/redoc/redoc.js",
}
SCOPES = ("recommend", "ingest", "operate", "events")
KEYS: dict[str, dict[str, Any]] = {
    **{scope: {"kind": ApiKeyKind.SECRET, "scopes": [scope]} for scope in SCOPES},
    "all": {"kind": ApiKeyKind.SECRET, "scopes": list(SCOPES)},
    "none": {"kind": ApiKeyKind.SECRET, "scopes": []},
    "publishable": {"kind": ApiKeyKind.PUBLISHABLE, "scopes": ["events"]},
}


def _routes(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern, route)
        else:
            yield route, pattern


def _view(pattern: URLPattern) -> Any:
    view: Any = pattern.callback
    return getattr(view, "view_class", None) or getattr(view, "cls", None)


def _path(route: str) -> str:
    known = re.sub(r"<uuid:[^>]+>", NOBODY, route)
    return "/" + re.sub(r"<[^>]+>", "1", known).rstrip("$")


def _calls() -> list[tuple[str, str]]:
    """Return (method, path) of every call a key can make, with each parameter filled in."""
    return [
        (method, _path(route))
        for route, pattern in _routes(get_resolver())
        if route.startswith(FIRST_VERSION) or route == "metrics"
        for method in METHODS
        if hasattr(_view(pattern), method)
    ]


CALLS = _calls()
TABLE = pytest.mark.parametrize(("method", "path"), CALLS, ids=[" ".join(call) for call in CALLS])


def scopes_for(path: str) -> set[str]:
    fitting = [each for each in MAY if path == each or path.startswith(f"{each}/")]
    return MAY[max(fitting, key=len)] if fitting else set()


def test_every_address_is_in_the_table_or_open_or_of_people() -> None:
    paths = {_path(route) for route, _ in _routes(get_resolver())}
    of_people = re.compile(r"/admin/|/shop/|/media/|/\^media|/$")
    unknown = {path for path in paths - OPEN if not of_people.match(path) and not scopes_for(path)}

    assert unknown == set()
    assert ("post", "/api/v1/events") in CALLS
    assert len(CALLS) >= 20


@pytest.fixture
def codes(db: None) -> Any:
    """Ask as somebody, and give the status and the code of the refusal."""

    def ask(method: str, path: str, key: str | None) -> tuple[int, str]:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        client = Client(raise_request_exception=False)
        answer = getattr(client, method)(path, headers=headers)
        is_problem = answer.get("Content-Type") == "application/problem+json"
        return answer.status_code, answer.json()["code"] if is_problem else ""

    return ask


@TABLE
def test_no_call_is_answered_without_a_good_key(codes: Any, method: str, path: str) -> None:
    everything = KEYS["all"]
    _, expired = create_api_key(name="old", expires_at=timezone.now(), **everything)
    off, revoked = create_api_key(name="off", **everything)
    off.is_active = False
    off.save()
    keys = [None, "sk_wrong", expired, revoked]

    assert [codes(method, path, key) for key in keys] == [
        (401, "not_authenticated"),
        (401, "key_unknown"),
        (401, "key_expired"),
        (401, "key_revoked"),
    ]


@TABLE
@pytest.mark.parametrize("name", KEYS)
def test_a_key_reaches_what_its_scopes_allow(codes: Any, method: str, path: str, name: str) -> None:
    _, key = create_api_key(name=name, **KEYS[name])
    may = not scopes_for(path).isdisjoint(KEYS[name]["scopes"])

    status, code = codes(method, path, key)

    assert (code != "scope_missing") == may
    assert (status == 403) == (not may)
    assert status < 500


@TABLE
def test_a_page_of_a_foreign_origin_reaches_nothing(codes: Any, method: str, path: str) -> None:
    _, key = create_api_key(
        name="page", allowed_origins=["https://shop.example"], **KEYS["publishable"]
    )
    headers = {"Authorization": f"Bearer {key}", "Origin": "https://evil.example"}

    answer = getattr(Client(), method)(path, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (403, "origin_not_allowed")
    assert "Access-Control-Allow-Origin" not in answer


@pytest.mark.parametrize("path", sorted(OPEN - {"/readyz"}))
def test_what_is_open_tells_no_secret(path: str) -> None:
    answer = Client().get(path)

    assert answer.status_code == 200
    assert b"sk_" not in answer.content.replace(b"sk_\xe2\x80\xa6", b"")
