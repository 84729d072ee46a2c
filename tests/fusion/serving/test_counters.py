"""Figures for Prometheus."""

import uuid

import pytest
from prometheus_client import CollectorRegistry
from pytest_django import Settings
from redis import Redis
from rest_framework.test import APIClient

from catalog.redis_link import redis_link
from fusion.serving.counters import ServingCollector, count_commands
from fusion.serving.results import Fallback, Reason, Recommendation, Step

MODEL = {"scenario": "home", "level": "model", "reason": ""}


@pytest.fixture
def registry() -> CollectorRegistry:
    registry = CollectorRegistry()
    registry.register(ServingCollector())
    return registry


def count(took_ms: float, level: Step = Step.MODEL, reason: Reason = Reason.ANSWERED) -> None:
    answer = Recommendation(uuid.uuid4(), "home", 1, (), Fallback(level, reason), took_ms)
    redis_link().run(*count_commands(answer))


def test_answers_are_counted_by_the_step_they_came_from(
    redis_client: Redis, registry: CollectorRegistry
) -> None:
    count(3.0)
    count(3.0)
    count(3.0, Step.POPULAR, Reason.NO_WORKER)
    popular = {"scenario": "home", "level": "popular", "reason": "no_worker"}

    assert registry.get_sample_value("recsys_answers_total", MODEL) == 2
    assert registry.get_sample_value("recsys_answers_total", popular) == 1


def test_the_time_to_an_answer_is_a_histogram(
    redis_client: Redis, registry: CollectorRegistry
) -> None:
    for took_ms in (0.5, 2.0, 2.1, 5000.0):
        count(took_ms)

    def up_to(bound: str) -> float | None:
        return registry.get_sample_value("recsys_answer_seconds_bucket", {"le": bound})

    assert [up_to(bound) for bound in ("0.001", "0.002", "0.005", "1.0", "+Inf")] == [1, 2, 3, 3, 4]
    assert registry.get_sample_value("recsys_answer_seconds_sum") == pytest.approx(5.0046)


def test_without_redis_only_that_is_said(settings: Settings, registry: CollectorRegistry) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    assert registry.get_sample_value("recsys_redis_up") == 0
    assert registry.get_sample_value("recsys_answers_total", MODEL) is None


@pytest.mark.django_db
def test_prometheus_reads_them_with_an_operate_key(api: APIClient, redis_client: Redis) -> None:
    count(3.0)
    accepted = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"

    answer = api.get("/metrics", headers={"Accept": accepted})

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain")
    line = b'recsys_answers_total{level="model",reason="",scenario="home"} 1.0'
    assert line in answer.content


@pytest.mark.django_db
def test_a_publishable_key_reads_no_figures(publishable_api: APIClient) -> None:
    assert publishable_api.get("/metrics").status_code == 403
