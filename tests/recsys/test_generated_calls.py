"""Calls made up from the API's own description, good ones and bad ones, by schemathesis.

Nothing may be answered that the description does not tell of: no other status, body or header,
and no fault of ours. A few calls of each kind run here; `make fuzz` makes thousands.
"""

import os
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, Phase, given, settings
from redis import Redis
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from recsys.wsgi import application
from tests.factories import EventFactory, ProductFactory, ShopperFactory
from users.api_keys import create_api_key
from users.models import ApiKeyKind

NUM_CASES = int(os.environ.get("RECSYS_FUZZ_CASES", "3"))  # of each call, way and key
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]
KEYS = {
    "secret": (ApiKeyKind.SECRET, ["recommend", "ingest", "operate"]),
    "publishable": (ApiKeyKind.PUBLISHABLE, ["events"]),
}
# Calls that are all refused at the door would test nothing behind it.
EXPECTED = {
    ("secret", "positive"): {200, 201, 404},
    ("secret", "negative"): {400},
    ("publishable", "positive"): {200, 403},
    ("publishable", "negative"): {403},
}


@pytest.fixture
def shop(db: None, redis_client: Redis, settings: Any, tmp_path: Any) -> None:
    """A shop whose ids are those that generated calls may hit upon."""
    settings.MEDIA_ROOT = tmp_path
    for number in range(3):
        product = ProductFactory.create(external_id=str(number))
        shopper = ShopperFactory.create(external_id=str(number))
        EventFactory.create(shopper=shopper, product=product, kind="purchase")


@pytest.fixture(autouse=True)
def one_connection() -> Iterator[None]:
    """Let calls leave the test's own connection open, as Django's test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def _operations() -> Iterator[Any]:
    description = SchemaGenerator().get_schema(public=True)  # type: ignore[no-untyped-call]
    schema = schemathesis.openapi.from_dict(description)
    schema.app = application
    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        yield found.ok()


def _make_calls(operation: Any, mode: GenerationMode, key: str) -> list[int]:
    """Make calls, check each answer, and return the statuses."""
    statuses = []

    @settings(
        max_examples=NUM_CASES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def make_call(case: Any) -> None:
        headers = {"Authorization": f"Bearer {key}"}
        statuses.append(case.call_and_validate(headers=headers, checks=CHECKS).status_code)

    make_call()
    return statuses


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("mode", list(GenerationMode), ids=str)
def test_no_call_is_answered_otherwise_than_described(
    shop: None, kind: str, mode: GenerationMode, subtests: pytest.Subtests
) -> None:
    _, key = create_api_key(name=kind, kind=KEYS[kind][0], scopes=KEYS[kind][1])
    statuses: list[int] = []

    for operation in _operations():
        with subtests.test(call=operation.label):
            statuses += _make_calls(operation, mode, key)

    told = dict(sorted(Counter(statuses).items()))
    print(f"{len(statuses)} calls with a {kind} key, {mode}: {told}")  # noqa: T201 - shown by `make fuzz`
    assert told.keys() >= EXPECTED[kind, str(mode)]
