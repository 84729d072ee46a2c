"""Asking a serve worker, and giving up in time."""

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.conf import settings
from pytest_django import Settings
from redis import Redis

from catalog.breaker import Breaker
from catalog.redis_link import RedisLink
from fusion.serving import client, keys
from fusion.serving.client import NoAnswerError, ask
from fusion.serving.heartbeat import Fleet
from fusion.serving.messages import (
    Keep,
    Question,
    RankedList,
    pack_error,
    pack_ranked_list,
    unpack_request,
)
from fusion.serving.results import Reason

QUESTION = Question("rank", 3, history=[(1, 1.0, 60)], exclude=[4], branch_weights={"text": 2.0})
KEEP = Keep("hot", 5, 99, seconds=600)
FLEET = Fleet((7,), 0, num_in_time=1000)
RANKED = RankedList(7, ["behaviour"], [1], [[0.5]])


@pytest.fixture(autouse=True)
def no_overload(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_overload", Breaker(tolerated=2, pause_s=0.5))


@pytest.fixture
def link(redis_client: Redis) -> RedisLink:
    return RedisLink(settings.REDIS_URL, hang_timeout_s=5.0)


@pytest.fixture
def answers(redis_client: Redis) -> Iterator[list[bytes]]:
    """Give the bytes in this list to whoever asks, one each, from another thread."""
    waiting: list[bytes] = []

    def serve() -> None:
        with Redis.from_url(settings.REDIS_URL) as redis:
            while popped := redis.blpop([keys.REQUESTS], timeout=1):
                redis.rpush(unpack_request(popped[1]).reply_to, waiting.pop(0))

    thread = threading.Thread(target=serve)
    thread.start()
    yield waiting
    thread.join()


def refusal(link: RedisLink, fleet: Fleet | None = FLEET) -> Reason:
    with pytest.raises(NoAnswerError) as refused:
        ask(lambda: QUESTION, link=link, fleet=fleet, keep=KEEP)
    return refused.value.reason


def test_the_answer_comes_back(link: RedisLink, answers: list[bytes]) -> None:
    answers.append(pack_ranked_list(RANKED))

    assert ask(lambda: QUESTION, link=link, fleet=FLEET, keep=KEEP) == RANKED


def test_an_error_of_the_worker_is_no_answer(link: RedisLink, answers: list[bytes]) -> None:
    answers.append(pack_error("out of memory"))

    assert refusal(link) == Reason.MODEL_ERROR


def test_the_question_travels_whole_and_with_its_deadline(
    link: RedisLink, settings: Settings
) -> None:
    settings.FUSION_SERVE_DEADLINE_MS = 50
    before_ms = time.time() * 1000

    assert refusal(link) == Reason.DEADLINE

    sent = unpack_request(link.run(("LPOP", keys.REQUESTS))[0])
    assert [tuple(event) for event in sent.question.history] == QUESTION.history
    assert replace(sent.question, history=QUESTION.history) == QUESTION
    assert sent.keep == KEEP
    assert 49 <= sent.deadline_ms - before_ms <= 60


@pytest.mark.parametrize(
    ("fleet", "reason"), [(None, Reason.NO_WORKER), (Fleet((), 0, 0), Reason.NO_MODEL)]
)
def test_where_nobody_can_answer_nobody_is_asked(
    link: RedisLink, redis_client: Redis, fleet: Fleet | None, reason: Reason
) -> None:
    started = time.monotonic()

    assert refusal(link, fleet) == reason
    assert time.monotonic() - started < 0.05
    assert redis_client.llen(keys.REQUESTS) == 0


def test_behind_a_full_queue_nobody_waits(
    link: RedisLink, redis_client: Redis, settings: Settings
) -> None:
    settings.FUSION_SERVE_QUEUE_LIMIT = 2
    redis_client.rpush(keys.REQUESTS, "a", "b")
    started = time.monotonic()

    assert refusal(link) == Reason.OVERLOADED
    assert time.monotonic() - started < 0.2
    assert redis_client.lrange(keys.REQUESTS, 0, -1) == ["a", "b"]


def test_no_more_wait_than_are_answered_in_time(
    link: RedisLink, redis_client: Redis, settings: Settings
) -> None:
    settings.FUSION_SERVE_DEADLINE_MS = 20
    slow = Fleet((7,), 0, num_in_time=40)
    redis_client.rpush(keys.REQUESTS, *range(39))

    assert refusal(link, slow) == Reason.DEADLINE  # the fortieth waits
    assert refusal(link, slow) == Reason.OVERLOADED
    assert redis_client.llen(keys.REQUESTS) == 40


def test_one_batch_may_always_wait(link: RedisLink, redis_client: Redis) -> None:
    never_measured_well = Fleet((7,), 0, num_in_time=1)
    redis_client.rpush(keys.REQUESTS, *range(client.ONE_BATCH - 1))

    assert refusal(link, never_measured_well) == Reason.DEADLINE


def test_after_three_missed_deadlines_requests_stop_waiting(
    link: RedisLink, settings: Settings
) -> None:
    settings.FUSION_SERVE_DEADLINE_MS = 20
    reasons = [refusal(link) for _ in range(3)]
    started = time.monotonic()

    assert reasons == [Reason.DEADLINE] * 3
    assert [refusal(link) for _ in range(100)] == [Reason.OVERLOADED] * 100
    assert time.monotonic() - started < 0.1


def test_an_answer_ends_the_pause(
    link: RedisLink, answers: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_overload", Breaker(tolerated=0, pause_s=0.01))
    client._overload.failed()
    time.sleep(0.02)
    answers += [pack_ranked_list(RANKED)] * 2

    found = [ask(lambda: QUESTION, link=link, fleet=FLEET, keep=KEEP) for _ in range(2)]
    assert found == [RANKED, RANKED]


def test_without_redis_there_is_no_answer() -> None:
    assert refusal(RedisLink("redis://127.0.0.1:1/0", hang_timeout_s=1.0)) == Reason.REDIS_DOWN
