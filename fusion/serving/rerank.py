"""The shopper's order of products that were found otherwise, by a search for example."""

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.models import Product
from catalog.redis_link import redis_link
from fusion.serving import served_lists
from fusion.serving.circumstances import Circumstances, read_circumstances
from fusion.serving.filters import ANY
from fusion.serving.ladder import Candidate, ranked_candidates
from fusion.serving.merchandising import merchandising_cache
from fusion.serving.messages import Question
from fusion.serving.model_step import Ranked, ask_once
from fusion.serving.results import Fallback, Note, Reason, Recommendation, Result, Step, rounded

SEARCH = "search"


@dataclass(frozen=True, slots=True)
class Given:
    """A product that was given; `product_pk` is None for an id nobody knows."""

    product_id: str
    product_pk: int | None
    is_available: bool


def rerank(
    product_ids: Sequence[str],
    *,
    user_id: str | None = None,
    visitor_id: str | None = None,
    context_product_ids: Sequence[str] = (),
    weights: Mapping[str, float] | None = None,
    scenario: str = SEARCH,
    now: datetime,
) -> Recommendation:
    """Return all these products, each once, in the order that suits the shopper.

    What the model does not rank (unknown, switched off, or there is no model) follows in the order
    it was given. Nothing is left out and nothing added: whether a product is shown is the caller's
    decision, so the shop's rules, caps and filters have no say here.

    Raises:
        ValueError: there is no such scenario.
    """
    started = time.perf_counter()
    settings = (
        merchandising_cache.get(now=now).scenario(scenario).overridden(ANY, {"weights": weights})
    )
    circumstances = read_circumstances(
        user_id=user_id,
        visitor_id=visitor_id,
        settings=settings,
        context_product_ids=context_product_ids,
        now=now,
    )
    given = _look_up(product_ids)
    ranked = _rank(given, circumstances)
    results = _results(ranked, given)
    level = results[0].source if results else Step.NONE
    answer = Recommendation(
        recommendation_id=uuid.uuid4(),
        scenario=scenario,
        model_version=ranked.ranked.version_id if ranked.ranked else None,
        results=tuple(results),
        fallback=Fallback(level, ranked.reason),
        took_ms=round((time.perf_counter() - started) * 1000, 2),
    )
    question: dict[str, Any] = {"given": [*product_ids], "context": [*context_product_ids]}
    question["settings"] = settings
    served_lists.record(answer, question=question, shopper_pk=circumstances.shopper_pk, now=now)
    return answer


def _look_up(product_ids: Sequence[str]) -> list[Given]:
    products = Product.objects.known().with_external_ids(product_ids)
    found = {row[0]: row for row in products.values_list("external_id", "pk", "is_available")}
    return [Given(*found.get(each, (each, None, False))) for each in dict.fromkeys(product_ids)]


def _rank(given: Sequence[Given], circumstances: Circumstances) -> Ranked:
    if not circumstances.history:
        return Ranked(Step.NONE, Reason.NO_HISTORY)
    pks = sorted(each.product_pk for each in given if each.product_pk and each.is_available)
    weights = dict(circumstances.settings.weights)
    question = Question(
        kind="rank",
        k=max(len(pks), 1),
        history=[(e.product_pk, e.weight, e.occurred_at) for e in circumstances.history],
        candidates=pks,
        branch_weights=weights or None,
    )
    ranked = ask_once(question, link=redis_link())
    if ranked.ranked is not None and not ranked.ranked.product_pks:
        return Ranked(Step.NONE, Reason.NOTHING_RANKED)
    return ranked


def _results(ranked: Ranked, given: Sequence[Given]) -> list[Result]:
    id_of = {each.product_pk: each.product_id for each in given if each.product_pk}
    best = ranked_candidates(ranked.ranked) if ranked.ranked else ()
    first = [(id_of[each.product_pk], each) for each in best if each.product_pk in id_of]
    results = [_ranked_result(*each, rank, ranked.step) for rank, each in enumerate(first, 1)]
    placed = {result.product_id for result in results}
    for each in given:
        if each.product_id not in placed:
            rank = len(results) + 1
            results.append(Result(each.product_id, rank, 0.0, Step.GIVEN, {}, _why(each)))
    return results


def _ranked_result(product_id: str, candidate: Candidate, rank: int, step: Step) -> Result:
    score = rounded(sum(candidate.contributions.values()))
    return Result(product_id, rank, score, step, candidate.contributions)


def _why(given: Given) -> tuple[Note, ...]:
    """Say why the model does not rank a product, where that is known."""
    if given.product_pk is None:
        return ({"code": "unknown_product"},)
    return () if given.is_available else ({"code": "unavailable"},)
