"""Whole answers kept as bytes, with what proves that they would be the same if made now.

Putting twenty products together takes longer than asking Redis and the database about them. So
an answer from a hot list is kept as it was written. Before it is given again, all that it was
made from is read again, as for any other answer, and compared: only the making is saved.
"""

import hashlib
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import orjson

from catalog.redis_link import Command, RedisDownError, redis_link
from catalog.statements import Row
from fusion.serving import heartbeat, hot_list, keys
from fusion.serving.after_ranking.arrangement import Filled
from fusion.serving.circumstances import Circumstances
from fusion.serving.heartbeat import Fleet
from fusion.serving.hot_list import HotList
from fusion.serving.making import Answering
from fusion.serving.results import Fallback, Reason, Recommendation, Step

ANSWERED = Fallback(Step.HOT_LIST, Reason.ANSWERED)
UNCHANGING = {Step.HOT_LIST, Step.PINNED}  # what other steps find may change at any time


@dataclass(frozen=True, slots=True)
class HotAnswer:
    """An answer as it was given.

    Attributes:
        version_id: the model version that ranked.
        history_stamp: of the history it was made from.
        asked_at_ms: unix milliseconds at which the ranking was asked for.
        product_pks: all products that were looked at for it.
        facts: digest of what the database said of them.
        shown: JSON of the results.
        noted: JSON of the results as they are recorded.
    """

    version_id: int
    history_stamp: int
    asked_at_ms: int
    product_pks: list[int]
    facts: str
    shown: bytes
    noted: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """What Redis has for one question, read when it is wanted.

    Attributes:
        fleet: None when no worker is there.
    """

    fleet: Fleet | None = None
    list_body: bytes | None = None
    answer_body: bytes | None = None

    def answer(self) -> HotAnswer | None:
        """Return the answer, if the model would rank the same now for the same history."""
        if not self.fleet or not self.answer_body:
            return None
        head, shown, noted = self.answer_body.split(b"\n")
        version_id, stamp, asked_at_ms, product_pks, facts = orjson.loads(head)
        if not hot_list.is_of_now(self.fleet, version_id, asked_at_ms, now_ms=_now_ms()):
            return None
        return HotAnswer(version_id, stamp, asked_at_ms, product_pks, facts, shown, noted or shown)

    def hot_list(self) -> HotList | None:
        """Return the hot list, fresh if the history is still the one it was made from."""
        hot = hot_list.read(self.list_body)
        if not self.fleet or not hot or not hot.ranked.product_pks:
            return None
        stamp = hot.history_stamp
        is_fresh = hot.is_fresh(self.fleet, history_stamp=stamp, now_ms=_now_ms())
        return hot if is_fresh else None


NOTHING = Kept()


def look(*names: str) -> Kept:
    """Return what Redis has under the key of the hot list and, if wanted, of the answer."""
    try:
        beat, *bodies = redis_link().run(*(("GET", name) for name in (keys.HEARTBEAT, *names)))
    except RedisDownError:
        return NOTHING
    return Kept(heartbeat.read(beat), *bodies)


def key(presumed: Circumstances, answering: Answering, explain: str) -> str:
    """Return the key of the answer to this question under the rules that hold."""
    orders = answering.orders
    return hot_list.key(
        "answer",
        orders.settings,
        answering.limit,
        explain,
        answering.rules_stamp,
        [rule.pk for rule in orders.rules],
        shopper_pk=presumed.shopper_pk,
    )


def digest(rows: Iterable[Row]) -> str:
    """Return what tells one set of facts from another, in whatever order they come."""
    facts = orjson.dumps(sorted(rows, key=lambda row: row[1]), default=str)
    return hashlib.blake2b(facts, digest_size=16).hexdigest()


def can_be_kept(answer: Recommendation, answering: Answering) -> bool:
    """Say whether nothing in the answer is left to chance or came from another step."""
    return (
        answer.fallback == ANSWERED
        and len(answer.results) == answering.limit
        and answering.orders.settings.exploration <= 0
        and all(each.source in UNCHANGING for each in answer.results)
    )


def keep_command(
    name: str, hot: HotList, filled: Filled, answer: Recommendation, told: Recommendation
) -> Command:
    """Return the command that keeps an answer.

    Args:
        answer: as it is recorded.
        told: as it is given.
    """
    stamps = (hot.ranked.version_id, hot.history_stamp, hot.asked_at_ms)
    head = orjson.dumps((*stamps, [*filled.examined], digest(filled.rows)))
    noted = b"" if told is answer else orjson.dumps(answer.results)
    body = b"\n".join((head, orjson.dumps(told.results), noted))
    return "SET", name, body, "EX", hot_list.lifetime_s()


def again(hot: HotAnswer, answering: Answering) -> Recommendation:
    """Return the frame of an answer that is given again; its results stay JSON."""
    return Recommendation(
        recommendation_id=answering.recommendation_id,
        scenario=answering.scenario,
        model_version=hot.version_id,
        results=(),
        fallback=ANSWERED,
        took_ms=answering.took_ms(),
    )


def body(frame: Recommendation, results: bytes) -> bytes:
    """Return an answer as JSON, with results that are JSON already."""
    fields: dict[str, Any] = {
        "recommendation_id": frame.recommendation_id,
        "scenario": frame.scenario,
        "model_version": frame.model_version,
        "results": orjson.Fragment(results),
        "fallback": frame.fallback,
        "took_ms": frame.took_ms,
    }
    return orjson.dumps(fields)


def _now_ms() -> int:
    return int(time.time() * 1000)
