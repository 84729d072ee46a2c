"""One answer, page by page.

What the first page did not show is kept in Redis for a while, so the next page goes on with the
same ranking whatever happened since. Each page is an answer of its own, with an id that follows
from the first one's: a page asked for twice is counted once.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import orjson
from django.core import signing

from catalog.models import Product
from catalog.redis_link import RedisDownError, redis_link
from fusion.serving import keys, served_lists
from fusion.serving.circumstances import RANKED
from fusion.serving.recommend import recommend
from fusion.serving.results import Evidence, Fallback, Reason, Recommendation, Result, Step
from users.history import find_shopper

KEPT_S = 900
SALT = "fusion.pages"  # a cursor is no other signed text of this installation


class UnknownCursorError(ValueError):
    """The cursor is none that we gave out."""


class CursorExpiredError(Exception):
    """What the cursor leads to is not kept any more."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some products of an answer, and where to go on; None at the end."""

    answer: Recommendation
    cursor: str | None


def first_page(arguments: Mapping[str, Any], *, now: datetime) -> Page:
    """Return the start of an answer and keep the rest of it.

    Args:
        arguments: of `recommend`; its limit is the size of the page.
    """
    size = arguments["limit"]
    whole = recommend(**{**arguments, "limit": RANKED}, num_shown=size, now=now)
    cursor = None
    if len(whole.results) > size:
        shopper = {name: arguments.get(name) for name in ("user_id", "visitor_id")}
        cursor = _keep(whole, shopper, after=size)
    return Page(replace(whole, results=whole.results[:size]), cursor)


def next_page(cursor: str, *, limit: int, now: datetime) -> Page:
    """Return the products that follow; those switched off meanwhile are left out.

    Raises:
        UnknownCursorError: nobody gave out such a cursor.
        CursorExpiredError: it is older than KEPT_S, or Redis lost it.
    """
    first_id, after = _read_cursor(cursor)
    whole, shopper = _kept(first_id)
    rest = whole.results[after:]
    shown, num_read = _available(rest, limit)
    answer = replace(
        whole,
        recommendation_id=uuid.uuid5(first_id, str(after)),
        results=shown,
        model_version=whole.model_version if shown else None,
    )
    question = {"page_of": first_id}
    shopper_pk = find_shopper(**shopper)
    served_lists.record(answer, question=question, shopper_pk=shopper_pk, now=now)
    is_last = after + num_read >= len(whole.results)
    return Page(answer, None if is_last else _cursor(first_id, after + num_read))


def _keep(whole: Recommendation, shopper: Mapping[str, Any], *, after: int) -> str | None:
    """Keep an answer and return the cursor to its rest; None while Redis is down."""
    body = orjson.dumps({"answer": whole, "shopper": shopper})
    try:
        redis_link().run(("SET", keys.pages(whole.recommendation_id), body, "EX", KEPT_S))
    except RedisDownError:
        return None
    return _cursor(whole.recommendation_id, after)


def _kept(first_id: uuid.UUID) -> tuple[Recommendation, dict[str, Any]]:
    try:
        [body] = redis_link().run(("GET", keys.pages(first_id)))
    except RedisDownError as error:
        raise CursorExpiredError from error
    if body is None:
        raise CursorExpiredError
    stored = orjson.loads(body)
    return _answer(stored["answer"]), stored["shopper"]


def _answer(stored: dict[str, Any]) -> Recommendation:
    fallback = Fallback(Step(stored["fallback"]["level"]), Reason(stored["fallback"]["reason"]))
    results = tuple(_result(each) for each in stored["results"])
    return Recommendation(**stored | {"fallback": fallback, "results": results})


def _result(stored: dict[str, Any]) -> Result:
    evidence = {branch: Evidence(**each) for branch, each in stored["evidence"].items()}
    typed = {"source": Step(stored["source"]), "reasons": tuple(stored["reasons"])}
    return Result(**stored | typed | {"evidence": evidence})


def _available(rest: tuple[Result, ...], limit: int) -> tuple[tuple[Result, ...], int]:
    """Return the first `limit` that may be shown, and how many were read for them."""
    named = Product.objects.available().with_external_ids(each.product_id for each in rest)
    available = set(named.values_list("external_id", flat=True))
    shown: list[Result] = []
    for num_read, result in enumerate(rest, start=1):
        if result.product_id in available:
            shown.append(result)
        if len(shown) == limit:
            return tuple(shown), num_read
    return tuple(shown), len(rest)


def _cursor(first_id: uuid.UUID, after: int) -> str:
    return signing.dumps([first_id.hex, after], salt=SALT)


def _read_cursor(cursor: str) -> tuple[uuid.UUID, int]:
    try:
        first_id, after = signing.loads(cursor, salt=SALT)
    except signing.BadSignature as error:
        raise UnknownCursorError from error
    return uuid.UUID(first_id), after
