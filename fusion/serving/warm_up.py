"""Has the model answer all questions of a page at once.

Whoever asks the questions one by one afterwards finds them answered; what went wrong here is
simply asked again there.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from django.conf import settings

from catalog.redis_link import RedisDownError, redis_link
from fusion.serving import keys
from fusion.serving.circumstances import Circumstances, read_circumstances
from fusion.serving.client import queue_limit
from fusion.serving.filters import ANY
from fusion.serving.merchandising import merchandising_cache
from fusion.serving.questions import Foreseen, ask_all, look
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
    foreseen = {}
    for arguments in questions:
        circumstances = _circumstances(arguments, now)
        with_evidence = arguments.get("explain") == Explain.EVIDENCE
        if circumstances.history and circumstances.conditions.category_pks != frozenset():
            question = Foreseen(circumstances, with_evidence)
            foreseen[question.key] = question
    with suppress(RedisDownError):
        return _ask(foreseen)
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


def _ask(foreseen: Mapping[str, Foreseen]) -> int:
    link = redis_link()
    outlook = look(foreseen, link=link)
    if outlook.fleet is None or len(outlook.cold) < 2:
        return 0
    if outlook.num_waiting + len(outlook.cold) > queue_limit(outlook.fleet):
        return 0
    wait_ms = settings.FUSION_SERVE_DEADLINE_MS
    ask_all(outlook.cold, queue=keys.REQUESTS, wait_ms=wait_ms, link=link)
    return len(outlook.cold)
