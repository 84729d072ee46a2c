"""Asks the model many questions in one round trip, so that their answers become hot lists."""

import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from catalog.redis_link import RedisLink
from fusion.serving import heartbeat, hot_list, keys
from fusion.serving.circumstances import Circumstances
from fusion.serving.heartbeat import Fleet
from fusion.serving.messages import Keep, Request, pack_request


@dataclass(frozen=True, slots=True)
class Foreseen:
    """A question somebody is about to ask."""

    circumstances: Circumstances
    with_evidence: bool = False

    @property
    def key(self) -> str:
        """Return where its answer is kept."""
        return self.circumstances.hot_list_key(with_evidence=self.with_evidence)

    def request(self, *, now_ms: int, wait_ms: int) -> Request:
        """Return the request to a serve worker."""
        known = self.circumstances
        keep = Keep(self.key, known.history_stamp, now_ms, known.hot_list_seconds)
        question = known.question(with_evidence=self.with_evidence)
        return Request(keys.reply(uuid.uuid4().hex), now_ms + wait_ms, question, keep)


@dataclass(frozen=True, slots=True)
class Outlook:
    """What Redis knows of foreseen questions.

    Attributes:
        cold: those without a fresh answer.
        num_waiting: requests that wait for a serve worker.
    """

    fleet: Fleet | None
    cold: tuple[Foreseen, ...]
    num_waiting: int


def look(foreseen: Mapping[str, Foreseen], *, link: RedisLink) -> Outlook:
    """Find out which of the questions, by key, need asking.

    Raises:
        RedisDownError: nobody can tell.
    """
    reads = (("GET", key) for key in foreseen)
    beat, num_waiting, *kept = link.run(("GET", keys.HEARTBEAT), ("LLEN", keys.REQUESTS), *reads)
    fleet = heartbeat.read(beat)
    if fleet is None or not fleet.version_ids:
        return Outlook(None, (), num_waiting)
    return Outlook(fleet, tuple(_cold(foreseen, kept, fleet)), num_waiting)


def _cold(
    foreseen: Mapping[str, Foreseen], kept: list[bytes | None], fleet: Fleet
) -> Iterator[Foreseen]:
    now_ms = int(time.time() * 1000)
    for question, body in zip(foreseen.values(), kept, strict=True):
        hot, history_stamp = hot_list.read(body), question.circumstances.history_stamp
        if hot is None or not hot.is_fresh(fleet, history_stamp=history_stamp, now_ms=now_ms):
            yield question


def ask_all(questions: tuple[Foreseen, ...], *, queue: str, wait_ms: int, link: RedisLink) -> bool:
    """Have the questions answered and kept; say whether the last reply came in time.

    A worker answers a batch at once, so the last reply tells that all are there.

    Raises:
        RedisDownError: there is no answer.
    """
    now_ms = int(time.time() * 1000)
    requests = [each.request(now_ms=now_ms, wait_ms=wait_ms) for each in questions]
    messages = map(pack_request, requests)
    wait = ("BLPOP", requests[-1].reply_to, wait_ms / 1000)
    _, reply = link.run(("RPUSH", queue, *messages), wait)
    return reply is not None
