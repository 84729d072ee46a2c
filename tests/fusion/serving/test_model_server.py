"""A serve worker's threads, in this process, on a real Redis."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings as django_settings
from pytest_django import Settings
from redis import Redis
from redis.exceptions import RedisError

from catalog.redis_link import RedisLink
from fusion.models import ModelVersion
from fusion.serving import keys
from fusion.serving.client import ask
from fusion.serving.fleet import Membership
from fusion.serving.heartbeat import Fleet, Heartbeat
from fusion.serving.messages import Keep, Question, RankedList, Request, pack_request, unpack_reply
from fusion.serving.model_server import ModelServer
from recsys.stack import Stack, free_port, redis_program, wait_until
from tests.fusion.served_shop import Shop, fleet, loaded_version, workers_say, write_version

pytestmark = pytest.mark.django_db(transaction=True)


def question(shop: Shop, k: int = 3) -> Question:
    return Question("rank", k, history=[(product.pk, 1.0, 60) for product in shop.even[:4]])


def request(shop: Shop, reply_to: str, *, wait_s: float = 5.0) -> bytes:
    deadline_ms = int((time.time() + wait_s) * 1000)
    return pack_request(Request(reply_to, deadline_ms, question(shop)))


def problem(redis: Redis) -> str:
    return "".join(each.problem for each in workers_say(redis))


def asked(shop: Shop, link: RedisLink, fleet: Fleet) -> RankedList:
    return ask(lambda: question(shop), link=link, fleet=fleet, keep=Keep("hot", 1, 1, 60))


def test_a_question_is_answered_by_the_active_version(
    shop: Shop, version: ModelVersion, server: ModelServer, redis_client: Redis
) -> None:
    link = RedisLink(django_settings.REDIS_URL, hang_timeout_s=5.0)
    ranked = asked(shop, link, Fleet((version.pk,), 0, 100))

    assert ranked.version_id == version.pk
    assert set(ranked.product_pks) <= {product.pk for product in shop.even}
    assert redis_client.exists("hot") == 1


def test_many_requests_share_a_forward_pass(
    shop: Shop, server: ModelServer, redis_client: Any
) -> None:
    redis_client.rpush(keys.REQUESTS, *(request(shop, f"r{n}") for n in range(100)))

    found = [redis_client.blpop([f"r{n}"], timeout=5) for n in range(100)]

    first, *others = [unpack_reply(reply[1].encode()) for reply in found]
    assert len(first.product_pks) == 3
    for each in others:  # the last batch is smaller, and sums in another order
        assert each.product_pks == first.product_pks
        assert np.array(each.contributions) == pytest.approx(np.array(first.contributions))


def test_the_requests_that_wait_are_answered_before_a_stop(
    shop: Shop, server: ModelServer, redis_client: Redis
) -> None:
    redis_client.rpush(keys.REQUESTS, *(request(shop, f"r{n}") for n in range(200)))

    server.stop()

    assert redis_client.llen(keys.REQUESTS) == 0
    assert sum(redis_client.llen(f"r{n}") for n in range(200)) == 200


def test_a_stopped_worker_is_no_longer_asked(server: ModelServer, redis_client: Redis) -> None:
    server.stop()

    assert fleet(redis_client) is None
    assert workers_say(redis_client) == []


def test_a_stopping_worker_leaves_the_sign_of_life_of_another(
    server: ModelServer, redis_client: Redis
) -> None:
    other = Heartbeat("other", 7, 0)
    Membership("other", RedisLink(django_settings.REDIS_URL, hang_timeout_s=5.0)).say(other)

    server.stop()

    assert workers_say(redis_client) == [other]
    assert loaded_version(redis_client) == 7


def test_a_worker_without_a_version_says_so_and_leaves_requests_to_others(
    shop: Shop, start_server: Callable[[], ModelServer], redis_client: Redis
) -> None:
    redis_client.rpush(keys.REQUESTS, request(shop, "r"))
    start_server()

    wait_until(lambda: redis_client.exists(keys.HEARTBEAT) == 1, seconds=5, what="no beat")

    assert loaded_version(redis_client) is None
    assert redis_client.llen(keys.REQUESTS) == 1


def test_a_promotion_reaches_a_running_worker(
    shop: Shop, version: ModelVersion, server: ModelServer, redis_client: Redis
) -> None:
    ModelVersion.objects.update(status=ModelVersion.Status.RETIRED)
    successor = write_version(shop)
    started = time.monotonic()
    redis_client.publish(keys.ACTIVE_VERSION_CHANNEL, "")

    wait_until(lambda: loaded_version(redis_client) == successor.pk, seconds=5, what="still old")

    assert time.monotonic() - started < 3.0


def test_a_damaged_version_is_refused_and_the_old_one_goes_on(
    shop: Shop, version: ModelVersion, server: ModelServer, redis_client: Redis
) -> None:
    ModelVersion.objects.update(status=ModelVersion.Status.RETIRED)
    damaged = write_version(shop, status=ModelVersion.Status.CANDIDATE)
    folder = django_settings.FUSION_ARTIFACT_DIR / damaged.artifact
    with (folder / "weights.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\xff")
    ModelVersion.objects.filter(pk=damaged.pk).update(status=ModelVersion.Status.ACTIVE)

    wait_until(lambda: problem(redis_client) != "", seconds=5, what="no problem is named")

    assert problem(redis_client).startswith(f"Version {damaged.pk} cannot be loaded.")
    assert loaded_version(redis_client) == version.pk


@pytest.fixture
def own_redis(settings: Settings, tmp_path: Path) -> Iterator[Stack]:
    """A Redis of this test's own, to be stopped and started again on the same port."""
    stack = Stack(tmp_path)
    port = free_port()
    settings.REDIS_URL = f"redis://127.0.0.1:{port}/0"
    start_own_redis(stack, port)
    yield stack
    stack.stop()


def start_own_redis(stack: Stack, port: int) -> Redis:
    command = [redis_program(), "--port", str(port), "--save", "", "--dir", str(stack.var_dir)]
    stack.start("redis", command)
    client = Redis.from_url(django_settings.REDIS_URL, decode_responses=True)
    wait_until(lambda: answers(client), seconds=10, what="Redis does not answer")
    return client


def answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


def test_it_goes_on_after_redis_was_gone_and_came_back_empty(
    own_redis: Stack,
    shop: Shop,
    version: ModelVersion,
    start_server: Callable[[], ModelServer],
) -> None:
    port = int(django_settings.REDIS_URL.split(":")[2].split("/")[0])
    client = Redis.from_url(django_settings.REDIS_URL, decode_responses=True)
    start_server()
    wait_until(lambda: loaded_version(client) == version.pk, seconds=20, what="not loaded")
    own_redis.stop()
    time.sleep(1.0)

    client = start_own_redis(own_redis, port)

    wait_until(lambda: loaded_version(client) == version.pk, seconds=5, what="not back")
    client.rpush(keys.REQUESTS, request(shop, "r"))
    assert client.blpop(["r"], timeout=5) is not None
