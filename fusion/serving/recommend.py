"""The request path, top to bottom: who asks, what the model says, what may be shown."""

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from catalog.models import Product
from catalog.redis_link import redis_link
from fusion.serving import hot_list, served_lists
from fusion.serving.circumstances import RANKED, Circumstances, Scenario, read_circumstances
from fusion.serving.filters import ShowRules
from fusion.serving.ladder import (
    StepCandidates,
    fill,
    newest_candidates,
    popular_candidates,
    ranked_candidates,
)
from fusion.serving.messages import Question
from fusion.serving.model_step import Ranked, rank
from fusion.serving.results import Fallback, Reason, Recommendation, Result, Step

SIMILAR = "similar"  # the scenario of `similar_products`


class FallbackPolicy(StrEnum):
    """How far down the ladder an answer may come from."""

    FULL = "full"
    POPULAR = "popular"  # no stale list: rather popular products than old news
    NONE = "none"  # the model or nothing


def recommend(
    *,
    user_id: str | None = None,
    visitor_id: str | None = None,
    scenario: str = Scenario.HOME,
    limit: int = 20,
    exclude_product_ids: Sequence[str] = (),
    context_product_ids: Sequence[str] = (),
    category: str | None = None,
    fallback: str = FallbackPolicy.FULL,
    is_shown: bool = True,
    now: datetime,
) -> Recommendation:
    """Return products for a shopper: always an answer, never an error for lack of data.

    Args:
        user_id: the shop's id of a customer; one we never heard of is fine.
        visitor_id: the shop's id of an anonymous visitor; counts where no customer is known.
        context_product_ids: what the shopper looks at right now, newest last; they steer the
            ranking and are not shown.
        category: path of a category; only products of it, or below it, are shown.
        is_shown: False for a preview that no shopper sees, which is not recorded.

    Raises:
        ValueError: there is no such scenario or fallback policy.
    """
    started = time.perf_counter()
    circumstances = read_circumstances(
        user_id=user_id,
        visitor_id=visitor_id,
        scenario=Scenario(scenario),
        exclude_product_ids=exclude_product_ids,
        context_product_ids=context_product_ids,
        category=category,
        now=now,
    )
    ranked = _rank(circumstances, FallbackPolicy(fallback))
    steps = _steps(ranked, circumstances, FallbackPolicy(fallback), limit=limit, now=now)
    results = fill(steps, circumstances.rules, limit=limit)
    answer = _answer(ranked, results, scenario=scenario, started=started)
    if is_shown:
        served_lists.record(answer, shopper_pk=circumstances.shopper_pk, now=now)
    return answer


def similar_products(
    product_id: str, *, by: str = "fused", limit: int = 20, is_shown: bool = True, now: datetime
) -> Recommendation:
    """Return products like one product, judged by one branch or by all ("fused").

    Where the model has nothing, popular products of the same category follow.
    """
    started = time.perf_counter()
    product = Product.objects.known().filter(external_id=product_id).first()
    rules = ShowRules(excluded_ids=frozenset([product_id]))
    ranked = Ranked(Step.NONE, Reason.UNKNOWN_PRODUCT)
    if product is not None:
        question = Question("similar", k=RANKED, product_pk=product.pk, by=by)
        key = hot_list.key(SIMILAR, product.pk, by)
        ranked = rank(lambda: question, key=key, last_event_pk=0, link=redis_link())
    near = frozenset([product.category_id]) if product and product.category_id else None
    steps = [*_ranked_step(ranked), *_popular_steps(near, rules, limit=limit, now=now)]
    results = fill(steps, rules, limit=limit)
    answer = _answer(ranked, results, scenario=SIMILAR, started=started)
    if is_shown:
        served_lists.record(answer, shopper_pk=None, now=now)
    return answer


def _rank(circumstances: Circumstances, policy: FallbackPolicy) -> Ranked:
    if circumstances.rules.category_pks == frozenset():
        return Ranked(Step.NONE, Reason.UNKNOWN_CATEGORY)
    if not circumstances.history:
        return Ranked(Step.NONE, Reason.NO_HISTORY)
    ranked = rank(
        circumstances.question,
        key=circumstances.hot_list_key(),
        last_event_pk=circumstances.last_event_pk,
        link=redis_link(),
    )
    if ranked.step is Step.STALE_LIST and policy is not FallbackPolicy.FULL:
        return replace(ranked, step=Step.NONE, ranked=None)
    return ranked


def _steps(
    ranked: Ranked,
    circumstances: Circumstances,
    policy: FallbackPolicy,
    *,
    limit: int,
    now: datetime,
) -> Iterator[StepCandidates]:
    """Give the steps one by one: what a later one costs is only paid when it is needed."""
    yield from _ranked_step(ranked)
    if policy is not FallbackPolicy.NONE:
        near = circumstances.nearby_categories()
        yield from _popular_steps(near, circumstances.rules, limit=limit, now=now)


def _ranked_step(ranked: Ranked) -> Iterator[StepCandidates]:
    if ranked.ranked is not None:
        yield ranked.step, ranked_candidates(ranked.ranked)


def _popular_steps(
    near: frozenset[int] | None, rules: ShowRules, *, limit: int, now: datetime
) -> Iterator[StepCandidates]:
    if near is not None:
        yield Step.POPULAR_IN_CATEGORY, popular_candidates(near, now=now)
    if rules.category_pks is None:
        yield Step.POPULAR, popular_candidates(None, now=now)
    # As many again as the answer may hold of them already.
    yield Step.NEWEST, newest_candidates(rules, 2 * limit)


def _answer(
    ranked: Ranked, results: Sequence[Result], *, scenario: str, started: float
) -> Recommendation:
    level = results[0].source if results else Step.NONE
    reason = ranked.reason
    if reason is Reason.ANSWERED and level is not ranked.step:
        reason = Reason.NOTHING_RANKED
    has_ranked = any(result.source is ranked.step for result in results)
    return Recommendation(
        recommendation_id=uuid.uuid4(),
        scenario=scenario,
        model_version=ranked.ranked.version_id if ranked.ranked and has_ranked else None,
        results=tuple(results),
        fallback=Fallback(level, reason),
        took_ms=round((time.perf_counter() - started) * 1000, 2),
    )
