"""The embedded stack's own parts, with a real Redis."""

import sys
from pathlib import Path

import pytest
from redis import Redis

from recsys.stack import Stack, StackError, free_port, wait_until


def test_the_embedded_redis_is_new_enough_for_batched_pops(tmp_path: Path) -> None:
    stack = Stack(tmp_path)
    try:
        with Redis.from_url(stack.start_redis()) as client:
            client.rpush("requests", "a", "b", "c")
            _, batch = client.blmpop(1, 1, "requests", direction="LEFT", count=2)
    finally:
        stack.stop()

    assert batch == [b"a", b"b"]


def test_a_second_stack_uses_the_redis_that_runs(tmp_path: Path) -> None:
    first, second = Stack(tmp_path), Stack(tmp_path)
    try:
        url = first.start_redis()

        assert second.start_redis() == url
        assert second.processes == {}
    finally:
        first.stop()


def test_redis_keeps_its_data_over_a_restart(tmp_path: Path) -> None:
    for expected in (None, b"kept"):
        stack = Stack(tmp_path)
        try:
            with Redis.from_url(stack.start_redis()) as client:
                assert client.get("word") == expected
                client.set("word", "kept")
        finally:
            stack.stop()


def test_stop_ends_every_process_it_started(tmp_path: Path) -> None:
    stack = Stack(tmp_path)
    sleeper = stack.start("sleeper", [sys.executable, "-c", "import time; time.sleep(600)"])

    stack.stop()

    assert sleeper.poll() is not None
    assert stack.processes == {}


def test_a_process_that_dies_at_start_is_named_with_its_log(tmp_path: Path) -> None:
    stack = Stack(tmp_path)
    stack.env["DATABASE_URL"] = "nonsense"

    with pytest.raises(StackError, match="web stopped"):
        stack.start_web(free_port())


def test_waiting_gives_up_and_says_for_what() -> None:
    with pytest.raises(StackError, match="the kettle did not boil within 0 s"):
        wait_until(lambda: False, seconds=0, what="the kettle did not boil")
