"""Asks the model several questions in one round trip, so that their answers are hot lists.

Whoever asks the questions one by one afterwards finds them answered; what went wrong here is
simply asked again there.
"""

import time
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.conf import settings

from catalog.redis_link import RedisDownError, redis_link
from fusion.serving import heartbeat, hot_list, keys
from fusion.serving.circumstances import Circumstances, read_circumstances
from fusion.serving.filters import ANY
from fusion.serving.merchandising import merchandising_cache
from fusion.serving.messages import Keep, Request, pack_request
from fusion.serving.recommend import HOME
from fusion.serving.results import Explain
from fusion.serving.scenarios import Overrides


def warm_up(questions: Sequence[Mapping[str, Any]], *, now: datetime) -> int:
    """Have the model rank what is not known yet, all at once; return how many it was asked.

    Args:
        questions: arguments of `recommend`. One alone is not worth it.
    """
    if len(questions) < 2:
        return 0
    asked = {}
    for arguments in questions:
        circumstances = _circumstances(arguments, now)
        with_evidence = arguments.get("explain") == Explain.EVIDENCE
        if circumstances.history and circumstances.conditions.category_pks != frozenset():
            key = circumstances.hot_list_key(with_evidence=with_evidence)
            asked[key] = (circumstances, with_evidence)
    with suppress(RedisDownError):
        return _ask(asked)
    return 0


def _circumstances(arguments: Mapping[str, Any], now: datetime) -> Circumstances:
    stored = merchandising_cache.get(now=now).scenario(arguments.get("scenario", HOME))
    overrides = {name: arguments.get(name) for name in Overrides.__annotations__}
    return read_circumstances(
        user_id=arguments.get("user_id"),
        visitor_id=arguments.get("visitor_id"),
        settings=stored.overridden(arguments.get("only", ANY), overrides),  # type: ignore[arg-type]
        exclude_product_ids=arguments.get("exclude_product_ids", ()),
        context_product_ids=arguments.get("context_product_ids", ()),
        now=now,
    )


def _ask(asked: Mapping[str, tuple[Circumstances, bool]]) -> int:
    """Push what is not hot and wait for the last reply: a worker answers a batch at once."""
    link = redis_link()
    reads = [("GET", keys.HEARTBEAT), ("LLEN", keys.REQUESTS), *(("GET", key) for key in asked)]
    beat, num_waiting, *kept = link.run(*reads)
    worker, now_ms = heartbeat.read(beat), int(time.time() * 1000)
    if worker is None or worker.version_id is None:
        return 0
    cold = {
        key: asked[key]
        for key, body in zip(asked, kept, strict=True)
        if not _is_fresh(body, worker, asked[key][0], now_ms)
    }
    if len(cold) < 2 or num_waiting + len(cold) > settings.FUSION_SERVE_QUEUE_LIMIT:
        return 0
    wait_ms = settings.FUSION_SERVE_DEADLINE_MS
    messages, reply_to = [], ""
    for key, (circumstances, with_evidence) in cold.items():
        reply_to = keys.reply(uuid.uuid4().hex)
        question = circumstances.question(with_evidence=with_evidence)
        keep = Keep(key, circumstances.last_event_pk, now_ms)
        messages.append(pack_request(Request(reply_to, now_ms + wait_ms, question, keep)))
    link.run(("RPUSH", keys.REQUESTS, *messages), ("BLPOP", reply_to, wait_ms / 1000))
    return len(cold)


def _is_fresh(
    body: bytes | None, worker: heartbeat.Heartbeat, circumstances: Circumstances, now_ms: int
) -> bool:
    hot = hot_list.read(body)
    return hot is not None and hot.is_fresh(
        worker, last_event_pk=circumstances.last_event_pk, now_ms=now_ms
    )
