"""Counters of answers as hours."""

import uuid
from datetime import datetime, timedelta
from threading import Thread

import pytest
from django.db import connection
from pytest_django import Settings
from redis import Redis

from catalog.redis_link import RedisDownError, redis_link
from fusion.aggregates.answer_hours import answers_by_hour, grown, note_answers
from fusion.models import AnswerHour
from fusion.serving.counters import count_commands
from fusion.serving.results import Fallback, Reason, Recommendation, Step
from tests.factories import NOON

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
NAME = "answers|home|model|"


def answer(times: int = 1) -> None:
    for _ in range(times):
        fallback = Fallback(Step.MODEL, Reason.ANSWERED)
        redis_link().run(
            *count_commands(Recommendation(uuid.uuid4(), "home", 1, (), fallback, 4.0))
        )


def noted() -> dict[datetime, int]:
    return {row.hour: row.counts.get(NAME, 0) for row in AnswerHour.objects.order_by("hour")}


def test_each_hour_has_its_own_answers(redis_client: Redis) -> None:
    answer(2)
    note_answers(now=NOON)
    answer(3)
    note_answers(now=NOON + HOUR / 2)
    answer(1)
    note_answers(now=NOON + HOUR)

    assert noted() == {NOON: 5, NOON + HOUR: 1}


def test_noting_again_changes_nothing(redis_client: Redis) -> None:
    answer(2)
    note_answers(now=NOON)
    note_answers(now=NOON)

    assert noted() == {NOON: 2}


def test_a_redis_that_began_anew_loses_no_answer(redis_client: Redis) -> None:
    answer(5)
    note_answers(now=NOON)
    redis_client.flushdb()
    answer(2)
    note_answers(now=NOON)

    assert noted() == {NOON: 7}


def test_without_redis_nothing_is_noted(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    with pytest.raises(RedisDownError):
        note_answers(now=NOON)

    assert noted() == {}


def test_a_clock_that_was_put_back_changes_the_last_hour(redis_client: Redis) -> None:
    note_answers(now=NOON)
    answer(2)
    note_answers(now=NOON - HOUR)

    assert noted() == {NOON: 2}


def test_only_the_last_hour_knows_how_far_the_counters_were_read(redis_client: Redis) -> None:
    answer(1)
    note_answers(now=NOON)
    note_answers(now=NOON + HOUR)

    assert [bool(row.seen) for row in AnswerHour.objects.order_by("hour")] == [False, True]


def test_answers_not_noted_yet_are_shown_all_the_same(redis_client: Redis) -> None:
    answer(2)
    note_answers(now=NOON)
    answer(3)

    def count(since: datetime) -> dict[datetime, int]:
        found = answers_by_hour(since, now=NOON + HOUR)
        return {hour: counts[NAME] for hour, counts in found.items()}

    assert count(NOON) == {NOON: 2, NOON + HOUR: 3}
    assert count(NOON + HOUR) == {NOON + HOUR: 3}


def test_without_redis_the_noted_hours_are_shown(redis_client: Redis, settings: Settings) -> None:
    answer(2)
    note_answers(now=NOON)
    settings.REDIS_URL = "redis://127.0.0.1:1/0"

    assert list(answers_by_hour(NOON, now=NOON)) == [NOON]


def test_counters_that_began_anew_count_whole() -> None:
    assert grown({"a": 5, "b": 1}, {"a": 3}) == {"a": 2, "b": 1}
    assert grown({"a": 5}, {"a": 3, "b": 1}) == {"a": 5}
    assert grown({"a": 2}, {"a": 3}) == {"a": 2}


@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
def test_calls_at_the_same_time_count_each_answer_once(redis_client: Redis) -> None:
    note_answers(now=NOON)
    answer(10)

    def note() -> None:
        note_answers(now=NOON)
        connection.close()

    threads = [Thread(target=note) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert noted() == {NOON: 10}
