"""The first steps of the ladder: hot list, model, stale list."""

import time
from collections.abc import Callable
from dataclasses import dataclass

from catalog.redis_link import RedisDownError, RedisLink
from fusion.serving import heartbeat, hot_list, keys
from fusion.serving.client import NoAnswerError, ask
from fusion.serving.messages import Keep, Question, RankedList
from fusion.serving.results import Reason, Step


@dataclass(frozen=True, slots=True)
class Ranked:
    """What the model says, or why it says nothing.

    Attributes:
        step: MODEL, HOT_LIST, STALE_LIST, or NONE without a list.
        reason: why the model itself did not answer; a hot list counts as its answer.
    """

    step: Step
    reason: Reason
    ranked: RankedList | None = None


def rank(
    question: Callable[[], Question],
    *,
    key: str,
    keep_s: int,
    history_stamp: int,
    link: RedisLink,
) -> Ranked:
    """Return the best ranking to be had in time.

    Args:
        question: made only when the model must be asked.
        key: of the hot list, one for each set of circumstances.
        keep_s: seconds that the answer is kept as a hot list.
        history_stamp: of the shopper's history as it is now.
    """
    try:
        beat, kept = link.run(("GET", keys.HEARTBEAT), ("GET", key))
    except RedisDownError:
        return Ranked(Step.NONE, Reason.REDIS_DOWN)
    now_ms = int(time.time() * 1000)
    fleet, hot = heartbeat.read(beat), hot_list.read(kept)
    if fleet and hot and hot.is_fresh(fleet, history_stamp=history_stamp, now_ms=now_ms):
        return Ranked(Step.HOT_LIST, Reason.ANSWERED, hot.ranked)
    try:
        keep = Keep(key, history_stamp, now_ms, keep_s)
        answered = ask(question, link=link, fleet=fleet, keep=keep)
    except NoAnswerError as silence:
        stale = hot.ranked if hot else None
        return Ranked(Step.STALE_LIST if stale else Step.NONE, silence.reason, stale)
    return Ranked(Step.MODEL, Reason.ANSWERED, answered)


def ask_once(question: Question, *, link: RedisLink) -> Ranked:
    """Return the model's answer to a question that is not asked again."""
    try:
        [beat] = link.run(("GET", keys.HEARTBEAT))
        fleet = heartbeat.read(beat)
        answered = ask(lambda: question, link=link, fleet=fleet, keep=None)
    except RedisDownError:
        return Ranked(Step.NONE, Reason.REDIS_DOWN)
    except NoAnswerError as silence:
        return Ranked(Step.NONE, silence.reason)
    return Ranked(Step.MODEL, Reason.ANSWERED, answered)
