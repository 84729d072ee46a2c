"""What serve workers say of themselves, and what all of them come to."""

from dataclasses import replace

import pytest
from django.conf import settings
from prometheus_client import CollectorRegistry
from redis import Redis

from catalog.redis_link import RedisLink
from fusion.admin.machinery import heartbeat_words
from fusion.serving import keys
from fusion.serving.fleet import Membership, living_workers
from fusion.serving.fleet_metrics import FleetCollector
from fusion.serving.heartbeat import Fleet, Heartbeat
from fusion.serving.status import serve_workers
from tests.fusion.served_shop import fleet

ADA = Heartbeat("ada", 7, 1_000, busy=0.25, requests_per_s=40.0, request_ms=2.0)
BOB = replace(ADA, worker="bob", catalogue_at_ms=2_000, request_ms=5.0)


@pytest.fixture
def link(redis_client: Redis) -> RedisLink:
    return RedisLink(settings.REDIS_URL, hang_timeout_s=5.0)


def say(link: RedisLink, *heartbeats: Heartbeat) -> None:
    for heartbeat in heartbeats:
        Membership(heartbeat.worker, link).say(heartbeat)


def test_all_workers_are_one_fleet(link: RedisLink, redis_client: Redis) -> None:
    say(link, ADA, BOB)

    assert fleet(redis_client) == Fleet((7,), 2_000, num_in_time=125 + 50)
    assert [each.said for each in living_workers(link)] == [ADA, BOB]


def test_while_a_promotion_makes_its_way_both_versions_answer(
    link: RedisLink, redis_client: Redis
) -> None:
    say(link, ADA, replace(BOB, version_id=8))
    say(link, ADA)

    assert fleet(redis_client) == Fleet((7, 8), 2_000, num_in_time=175)


def test_a_worker_that_cannot_load_the_active_version_has_no_say(
    link: RedisLink, redis_client: Redis
) -> None:
    say(link, replace(ADA, problem="Version 8 cannot be loaded."), replace(BOB, version_id=8))

    assert fleet(redis_client) == Fleet((8,), 2_000, num_in_time=175)


def test_where_no_worker_can_load_it_the_old_version_goes_on(
    link: RedisLink, redis_client: Redis
) -> None:
    say(link, replace(ADA, problem="Version 8 cannot be loaded."))

    assert fleet(redis_client) == Fleet((7,), 1_000, num_in_time=125)


def test_a_worker_without_a_version_answers_nothing(link: RedisLink, redis_client: Redis) -> None:
    say(link, replace(ADA, version_id=None))

    assert fleet(redis_client) == Fleet((), 0, num_in_time=0)


def test_a_worker_that_went_silent_is_missed_by_the_others(
    link: RedisLink, redis_client: Redis
) -> None:
    say(link, ADA, BOB)
    redis_client.delete(keys.worker_heartbeat("ada"))  # as when it expires

    say(link, BOB)

    assert fleet(redis_client) == Fleet((7,), 2_000, num_in_time=50)
    assert redis_client.smembers(keys.WORKERS) == {"bob"}


def test_the_last_one_to_leave_leaves_nothing(link: RedisLink, redis_client: Redis) -> None:
    say(link, ADA, BOB)

    Membership("ada", link).leave()
    assert fleet(redis_client) == Fleet((7,), 2_000, num_in_time=50)
    Membership("bob", link).leave()

    assert redis_client.keys("fusion:*") == []


def test_everybody_is_named_with_version_and_load(link: RedisLink) -> None:
    say(link, ADA, replace(BOB, version_id=None, problem="Version 8 cannot be loaded."))

    ada, bob = living_workers(link)

    assert ada.words().startswith("ada has version 7 loaded (25% busy, 40 requests/s, seen 0.")
    assert bob.words().startswith("bob has no version loaded (")
    assert bob.words().endswith("Version 8 cannot be loaded.")
    assert heartbeat_words() == "ada answers with version 7. bob: Version 8 cannot be loaded."


def test_without_workers_the_pages_say_how_to_start_one(link: RedisLink) -> None:
    assert serve_workers() == "none: start a worker with `-Q serve`"
    assert heartbeat_words().startswith("No serve worker is there. Start one: celery")


def test_prometheus_sees_each_worker(link: RedisLink) -> None:
    say(link, ADA, replace(BOB, version_id=8, problem="Version 9 cannot be loaded."))
    registry = CollectorRegistry()
    registry.register(FleetCollector())

    def of(name: str, worker: str) -> float | None:
        return registry.get_sample_value(name, {"worker": worker})

    assert registry.get_sample_value("recsys_serve_workers") == 2
    assert [of("recsys_model_version", worker) for worker in ("ada", "bob")] == [7, 8]
    assert [of("recsys_serve_worker_problem", worker) for worker in ("ada", "bob")] == [0, 1]
    assert of("recsys_serve_worker_busy", "ada") == 0.25
