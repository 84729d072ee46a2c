"""Asking a serve worker, with a deadline."""

import time
import uuid
from collections.abc import Callable

from django.conf import settings

from catalog.breaker import Breaker
from catalog.redis_link import QueueFullError, RedisDownError, RedisLink
from fusion.serving import keys
from fusion.serving.heartbeat import Fleet
from fusion.serving.messages import (
    Keep,
    ModelError,
    Question,
    RankedList,
    Request,
    pack_request,
    unpack_reply,
)
from fusion.serving.results import Reason

ONE_BATCH = 32  # as many as a worker takes at once
# A worker that hangs keeps its heartbeat for seconds; three missed deadlines say the same.
_overload = Breaker(tolerated=2, pause_s=0.5)


class NoAnswerError(Exception):
    """The model does not answer this request."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


def ask(
    question: Callable[[], Question],
    *,
    link: RedisLink,
    fleet: Fleet | None,
    keep: Keep | None,
) -> RankedList:
    """Return the model's ranking.

    Args:
        question: made only when somebody is there to answer.
        fleet: the serve workers; None when there is none.
        keep: where the worker keeps the answer as a hot list; None for nowhere.

    Raises:
        NoAnswerError: nobody is there to answer, or not in time.
    """
    if fleet is None:
        raise NoAnswerError(Reason.NO_WORKER)
    if not fleet.version_ids:
        raise NoAnswerError(Reason.NO_MODEL)
    if not _overload.allows():
        raise NoAnswerError(Reason.OVERLOADED)
    body = _round_trip(question(), link, fleet, keep)
    try:
        return unpack_reply(body)
    except ModelError as error:
        raise NoAnswerError(Reason.MODEL_ERROR) from error


def queue_limit(fleet: Fleet) -> int:
    """Return how many requests may wait: no more than are answered before their deadlines.

    One batch always may. A worker that has answered single requests only knows too high a price
    for each; the batch corrects it.
    """
    return min(settings.FUSION_SERVE_QUEUE_LIMIT, max(ONE_BATCH, fleet.num_in_time))


def _round_trip(question: Question, link: RedisLink, fleet: Fleet, keep: Keep | None) -> bytes:
    wait_ms = settings.FUSION_SERVE_DEADLINE_MS
    reply_to = keys.reply(uuid.uuid4().hex)
    # Wall clock, since asker and worker may be two machines; both keep time by NTP.
    deadline_ms = int(time.time() * 1000) + wait_ms
    message = pack_request(Request(reply_to, deadline_ms, question, keep))
    limit = queue_limit(fleet)
    try:
        body = link.push_and_wait(
            keys.REQUESTS, message, reply_to, wait_s=wait_ms / 1000, limit=limit
        )
    except RedisDownError as error:
        raise NoAnswerError(Reason.REDIS_DOWN) from error
    except QueueFullError as error:
        _overload.failed()
        raise NoAnswerError(Reason.OVERLOADED) from error
    if body is None:
        _overload.failed()
        raise NoAnswerError(Reason.DEADLINE)
    _overload.succeeded()
    return body
