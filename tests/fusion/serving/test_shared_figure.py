"""Figures that one process computes for all."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from pytest_django import Settings
from redis import Redis

from catalog.redis_link import RedisDownError
from fusion.serving.shared_figure import CACHED_S, SharedFigure
from tests.factories import NOON


@dataclass
class Count:
    number: int


class Counting:
    """Counts how often it was asked to compute."""

    def __init__(self) -> None:
        self.number = 0

    def __call__(self, now: datetime) -> Count:
        self.number += 1
        return Count(self.number)


def read(stored: dict[str, Any]) -> Count:
    return Count(**stored)


def test_a_process_goes_on_with_its_copy_for_a_minute(redis_client: Redis) -> None:
    seconds = [0.0]
    figure = SharedFigure("figure", Counting(), read, clock=lambda: seconds[0])

    first = figure.get(now=NOON)
    redis_client.flushdb()
    seconds[0] = CACHED_S - 1.0
    assert figure.get(now=NOON) is first
    seconds[0] = CACHED_S + 1.0
    assert figure.get(now=NOON) == Count(2)


def test_other_processes_read_what_one_computed(redis_client: Redis) -> None:
    SharedFigure("figure", Counting(), read).get(now=NOON)
    computing = Counting()

    assert SharedFigure("figure", computing, read).get(now=NOON) == Count(1)
    assert computing.number == 0


def test_a_fresh_figure_is_not_computed_again(redis_client: Redis) -> None:
    figure = SharedFigure("figure", Counting(), read)

    assert figure.refresh(now=NOON) == Count(1)
    assert figure.refresh(now=NOON) is None
    redis_client.delete("figure:fresh")
    assert figure.refresh(now=NOON) == Count(2)


def test_what_takes_long_rests_longer(redis_client: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([0.0, 9.0])
    monkeypatch.setattr("fusion.serving.shared_figure.time.perf_counter", lambda: next(moments))

    SharedFigure("figure", Counting(), read).refresh(now=NOON)

    assert 445 <= redis_client.ttl("figure:fresh") <= 450
    assert 895 <= redis_client.ttl("figure") <= 900


def test_without_redis_it_is_computed_once(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    figure = SharedFigure("figure", Counting(), read)

    assert [figure.get(now=NOON) for _ in range(2)] == [Count(1), Count(1)]
    with pytest.raises(RedisDownError):
        figure.refresh(now=NOON)
