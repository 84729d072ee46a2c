"""A link that never keeps a request waiting for long."""

import socket
import time
from collections.abc import Iterator

import pytest
from django.conf import settings
from redis import Redis

from catalog.redis_link import QueueFullError, RedisDownError, RedisLink


@pytest.fixture
def link(redis_client: Redis) -> RedisLink:
    return RedisLink(settings.REDIS_URL, hang_timeout_s=1.0)


@pytest.fixture
def silent_url() -> Iterator[str]:
    """A server that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"redis://127.0.0.1:{server.getsockname()[1]}/0"


def test_replies_come_in_the_order_of_the_commands(link: RedisLink) -> None:
    assert link.run(("SET", "a", 1), ("GET", "a"), ("GET", "b")) == [b"OK", b"1", None]


def test_an_error_among_the_replies_does_not_spoil_the_next_commands(link: RedisLink) -> None:
    with pytest.raises(RedisDownError, match="wrong number of arguments"):
        link.run(("GET",), ("SET", "a", 1))
    fresh = RedisLink(settings.REDIS_URL, hang_timeout_s=1.0)

    assert fresh.run(("GET", "a")) == [b"1"]


def test_a_reply_is_read_from_its_list(link: RedisLink, redis_client: Redis) -> None:
    redis_client.rpush("reply", "hello")

    assert link.push_and_wait("queue", b"x", "reply", wait_s=1.0, limit=5) == b"hello"
    assert redis_client.lrange("queue", 0, -1) == ["x"]


def test_without_a_reply_the_wait_ends_in_time(link: RedisLink) -> None:
    started = time.monotonic()

    assert link.push_and_wait("queue", b"x", "reply", wait_s=0.1, limit=5) is None
    assert 0.09 < time.monotonic() - started < 1.0


def test_a_full_queue_is_left_at_once_and_grows_no_further(
    link: RedisLink, redis_client: Redis
) -> None:
    redis_client.rpush("queue", "a", "b")
    started = time.monotonic()

    with pytest.raises(QueueFullError):
        link.push_and_wait("queue", b"c", "reply", wait_s=5.0, limit=2)

    assert time.monotonic() - started < 2.0
    assert redis_client.lrange("queue", 0, -1) == ["a", "b"]
    assert link.run(("GET", "a")) == [None]


def test_a_dead_server_costs_one_attempt_a_second() -> None:
    link = RedisLink("redis://127.0.0.1:1/0", hang_timeout_s=1.0)

    with pytest.raises(RedisDownError, match="refused"):
        link.run(("PING",))
    with pytest.raises(RedisDownError, match="left alone"):
        link.run(("PING",))


def test_a_hanging_server_costs_its_timeout_once(silent_url: str) -> None:
    link = RedisLink(silent_url, hang_timeout_s=0.2)
    started = time.monotonic()

    for _ in range(50):
        with pytest.raises(RedisDownError):
            link.run(("PING",))

    assert 0.19 < time.monotonic() - started < 0.6


def test_connections_cut_by_the_server_are_replaced(link: RedisLink, redis_client: Redis) -> None:
    link.run(("PING",))
    redis_client.client_kill_filter(_type="normal", skipme=True)

    assert link.run(("PING",)) == [b"PONG"]


def test_posted_commands_are_done_without_an_answer(link: RedisLink, redis_client: Redis) -> None:
    for number in range(3):
        link.post(("RPUSH", "posted", number), ("GET",))  # what fails is nobody's concern

    assert redis_client.lrange("posted", 0, -1) == ["0", "1", "2"]
    assert link.run(("PING",)) == [b"PONG"]


def test_what_is_posted_after_the_server_cut_the_connection_arrives(
    link: RedisLink, redis_client: Redis
) -> None:
    link.post(("SET", "a", 1))
    redis_client.client_kill_filter(_type="normal", skipme=True)

    link.post(("SET", "a", 2))
    assert redis_client.get("a") == "2"


def test_posting_to_a_dead_server_is_refused_at_once() -> None:
    link = RedisLink("redis://127.0.0.1:1/0", hang_timeout_s=1.0)

    with pytest.raises(RedisDownError, match="refused"):
        link.post(("PING",))
    with pytest.raises(RedisDownError, match="left alone"):
        link.post(("PING",))


def test_what_was_sent_without_an_answer_does_not_end_the_pause_after_a_failure(
    link: RedisLink,
) -> None:
    link.post(("SET", "a", 1))
    with pytest.raises(RedisDownError, match="wrong number of arguments"):
        link.run(("GET",))
    time.sleep(1.1)  # now one caller may try
    link.post(("SET", "a", 2))

    with pytest.raises(RedisDownError, match="left alone"):
        link.run(("GET", "a"))
