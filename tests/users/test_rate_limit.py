"""How many calls a key may make."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings
from redis import Redis

from catalog import redis_link as link_module
from users import rate_limit
from users.api_keys import create_api_key
from users.models import ApiKey, ApiKeyKind
from users.rate_limit import Counter, Quota

pytestmark = pytest.mark.django_db
Ask = Callable[..., Any]


def asker(limit: int | None, scopes: list[str]) -> Ask:
    _, key = create_api_key(
        name="shop", kind=ApiKeyKind.SECRET, scopes=scopes, requests_per_minute=limit
    )
    headers = {"Authorization": f"Bearer {key}"}
    return lambda path="/api/v1/recommendations": Client().get(path, headers=headers)


@pytest.fixture(autouse=True)
def one_minute(redis_client: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a test within one minute of the clock."""
    monkeypatch.setattr(time, "time", lambda: 60_000_015.25)


def test_every_answer_says_what_is_left() -> None:
    ask = asker(3, ["recommend"])

    answers = [ask() for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert [answer["RateLimit-Remaining"] for answer in answers] == ["2", "1", "0"]
    assert (answers[0]["RateLimit-Limit"], answers[0]["RateLimit-Reset"]) == ("3", "45")


def test_one_call_too_many_is_told_when_to_come_back() -> None:
    ask = asker(1, ["recommend"])
    ask()

    answer = ask()

    assert answer.status_code == 429
    assert (answer["Retry-After"], answer["RateLimit-Remaining"]) == ("45", "0")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "rate_limited"


def test_a_refused_call_counts_too() -> None:
    ask = asker(1, ["ingest"])
    assert ask()["RateLimit-Remaining"] == "0"

    assert [ask().status_code, ask("/api/v1/training-runs").status_code] == [429, 429]


def test_the_next_minute_starts_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    ask = asker(1, ["recommend"])
    ask()
    monkeypatch.setattr(time, "time", lambda: 60_000_060.0)

    assert ask().status_code == 200


def test_keys_do_not_share_a_limit() -> None:
    first, second = asker(1, ["recommend"]), asker(1, ["recommend"])

    assert [first().status_code, second().status_code, first().status_code] == [200, 200, 429]


def test_a_key_without_a_limit_of_its_own_has_that_of_its_kind(settings: Settings) -> None:
    settings.API_RATE_LIMITS = {"secret": 70, "publishable": 5}

    assert asker(None, ["recommend"])()["RateLimit-Limit"] == "70"


def test_no_limit_is_not_counted() -> None:
    assert "RateLimit-Limit" not in asker(0, ["recommend"])()


def test_many_processes_count_as_one(redis_client: Redis) -> None:
    row = ApiKey(pk=7, kind="secret", requests_per_minute=10)

    quotas = [Counter().count(row, now=90.0) for _ in range(3)]

    assert quotas == [Quota(10, used, 30) for used in (1, 2, 3)]
    assert 0 < int(redis_client.ttl("users:calls:7:1")) <= 120


def test_many_calls_are_counted_some_ahead_and_yet_all_are_granted(redis_client: Redis) -> None:
    row, counter = ApiKey(pk=7, kind="secret", requests_per_minute=1_000), Counter()

    used = [quota.used for _ in range(20) if (quota := counter.count(row, now=90.0))]

    assert redis_client.get("users:calls:7:1") == "24"  # 1 + 2 + 4 + 8 + 9
    used += [quota.used for _ in range(980) if (quota := counter.count(row, now=90.0))]
    assert used == [*range(1, 1_001)]
    assert redis_client.get("users:calls:7:1") == "1000"


def test_threads_that_count_ahead_lose_none_of_the_calls(redis_client: Redis) -> None:
    row, counter = ApiKey(pk=7, kind="secret", requests_per_minute=2_000), Counter()
    start, granted = threading.Barrier(8), list[int]()

    def ask_until_refused() -> None:
        start.wait()
        while (quota := counter.count(row, now=90.0)) and quota.used <= quota.limit:
            granted.append(quota.used)

    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(ask_until_refused) for _ in range(8)]:
            done.result()

    assert sorted(granted) == [*range(1, 2_001)]


def test_a_call_now_and_then_is_counted_by_itself(redis_client: Redis) -> None:
    row, counter = ApiKey(pk=7, kind="secret", requests_per_minute=1_000), Counter()

    for minute in range(3):
        counter.count(row, now=60.0 * minute)

    assert [redis_client.get(f"users:calls:7:{minute}") for minute in range(3)] == ["1"] * 3


def test_processes_that_count_ahead_share_the_limit_but_for_a_hundredth(
    redis_client: Redis,
) -> None:
    row, counters = ApiKey(pk=7, kind="secret", requests_per_minute=1_000), (Counter(), Counter())

    quotas = [counters[i % 2].count(row, now=90.0) for i in range(1_200)]
    granted = [quota for quota in quotas if quota and quota.used <= quota.limit]

    assert 990 <= len(granted) <= 1_000


def test_nobody_is_refused_while_redis_is_down(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(rate_limit, "counter", Counter())
    link_module._link.cache_clear()
    ask = asker(1, ["operate"])

    with caplog.at_level(logging.WARNING, logger="users.rate_limit"):
        answers = [ask("/api/v1/training-runs") for _ in range(3)]
    link_module._link.cache_clear()

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert "RateLimit-Limit" not in answers[0]
    assert [record.message for record in caplog.records] == ["rate_limit.off"]


def test_refusals_are_counted_by_key() -> None:
    ask = asker(2, ["operate"])
    [ask("/api/v1/training-runs") for _ in range(4)]

    figures = asker(None, ["operate"])("/metrics").content.decode()

    assert 'recsys_rate_limited_total{key="shop"} 2.0' in figures


def test_a_key_is_made_with_a_limit(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("create_api_key", "--name", "k", "--limit", "9", "--days", "30")

    row = ApiKey.objects.get()
    assert row.requests_per_minute == 9
    assert row.expires_at is not None
    assert 29.9 < (row.expires_at.timestamp() - time.mktime(time.gmtime())) / 86400 <= 30.1
