"""From a batch of requests to the commands that deliver the answers."""

import copy
from collections.abc import Sequence
from typing import Any

import orjson
import pytest

from fusion.serving import keys
from fusion.serving.answering import LoadedVersion, answer
from fusion.serving.hot_list import read
from fusion.serving.messages import (
    Keep,
    ModelError,
    Question,
    RankedList,
    Request,
    pack_request,
    unpack_reply,
)
from fusion.serving.ranker import Ranker, RankRequest
from fusion.serving.ranking import Ranking
from tests.fusion.checkerboard import FIRST_KEY
from tests.fusion.served_shop import trained

NOW_MS = 1_000_000
EVEN = [(FIRST_KEY + row, 1.0, row) for row in (2, 4, 6, 8)]
POISON = 13


class FragileRanker(Ranker):
    """A real ranker that cannot take one number of items, nor a batch that asks for it."""

    def rank(self, requests: Sequence[RankRequest]) -> list[Ranking]:
        if any(request.k == POISON for request in requests):
            raise RuntimeError("poisoned")
        return super().rank(requests)


@pytest.fixture(scope="module")
def loaded() -> LoadedVersion:
    return LoadedVersion(7, FragileRanker(copy.deepcopy(trained())), 0)


def body(
    name: str, *, k: int = 3, deadline_ms: int = NOW_MS + 1, keep: Keep | None = None
) -> bytes:
    return pack_request(Request(name, deadline_ms, Question("rank", k, history=EVEN), keep))


def replies(commands: list[Any]) -> dict[str, bytes]:
    return {command[1]: command[2] for command in commands if command[0] == "RPUSH"}


def test_each_request_gets_its_own_number_of_products(loaded: LoadedVersion) -> None:
    commands = answer([body("a", k=2), body("b", k=5)], loaded, now_ms=lambda: NOW_MS)

    found = {name: unpack_reply(reply) for name, reply in replies(commands).items()}
    assert {name: len(ranked.product_pks) for name, ranked in found.items()} == {"a": 2, "b": 5}
    assert found["a"].version_id == 7
    assert found["a"].branches == ["behaviour", "text", "image"]


def test_a_reply_nobody_fetches_expires(loaded: LoadedVersion) -> None:
    commands = answer([body("a")], loaded, now_ms=lambda: NOW_MS)

    assert commands[1] == ("EXPIRE", "a", 5)


def test_late_requests_are_dropped_unanswered(loaded: LoadedVersion) -> None:
    bodies = [body("late", deadline_ms=NOW_MS), body("in-time")]

    assert list(replies(answer(bodies, loaded, now_ms=lambda: NOW_MS))) == ["in-time"]


def test_bytes_that_are_no_request_harm_nobody(loaded: LoadedVersion) -> None:
    bodies = [b"{", b"[]", orjson.dumps({"reply_to": "x"}), body("good")]

    assert list(replies(answer(bodies, loaded, now_ms=lambda: NOW_MS))) == ["good"]


def test_a_poisonous_request_gets_an_error_and_the_others_their_answers(
    loaded: LoadedVersion,
) -> None:
    commands = answer([body("bad", k=POISON), body("good")], loaded, now_ms=lambda: NOW_MS)

    found = replies(commands)
    assert len(unpack_reply(found["good"]).product_pks) == 3
    with pytest.raises(ModelError, match="RuntimeError: poisoned"):
        unpack_reply(found["bad"])


def test_an_answer_is_kept_as_a_hot_list(loaded: LoadedVersion) -> None:
    key = keys.hot_list("ada")
    commands = answer([body("a", keep=Keep(key, 5, 99, 600))], loaded, now_ms=lambda: NOW_MS)

    kept = read(commands[2][2])  # type: ignore[arg-type]
    assert commands[2][:2] == ("SET", key)
    assert kept is not None
    assert (kept.history_stamp, kept.asked_at_ms) == (5, 99)
    assert kept.ranked == unpack_reply(replies(commands)["a"])


def test_an_error_is_not_kept(loaded: LoadedVersion) -> None:
    bodies = [body("bad", k=POISON, keep=Keep("key", 5, 99, 600))]
    commands = answer(bodies, loaded, now_ms=lambda: NOW_MS)

    assert [command[0] for command in commands] == ["RPUSH", "EXPIRE"]


def test_similar_products_of_one_nobody_knows_are_an_empty_list(loaded: LoadedVersion) -> None:
    question = Question("similar", 3, product_pk=9_999)
    bodies = [pack_request(Request("a", NOW_MS + 1, question))]

    found = unpack_reply(replies(answer(bodies, loaded, now_ms=lambda: NOW_MS))["a"])
    assert found == RankedList(7, [], [], [])


def test_similar_products_are_of_the_same_kind(loaded: LoadedVersion) -> None:
    question = Question("similar", 3, product_pk=FIRST_KEY + 2, by="text")
    bodies = [pack_request(Request("a", NOW_MS + 1, question))]

    found = unpack_reply(replies(answer(bodies, loaded, now_ms=lambda: NOW_MS))["a"])
    assert {(pk - FIRST_KEY) % 2 for pk in found.product_pks} == {0}
    assert len(found.product_pks) == 3
