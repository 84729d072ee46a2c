"""The request path, top to bottom: who asks, what the model says, what may be shown."""

import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple, Unpack

from catalog.models import Product
from catalog.redis_link import redis_link
from fusion.models import FallbackPolicy
from fusion.serving import hot_list, served_lists
from fusion.serving.after_ranking.arrangement import Filled, fill
from fusion.serving.after_ranking.orders import Orders
from fusion.serving.circumstances import (
    RANKED,
    Circumstances,
    conditions_of,
    presumed_circumstances,
    read_circumstances,
)
from fusion.serving.client import NoAnswerError
from fusion.serving.evidence_names import named_evidence
from fusion.serving.filters import ANY, Conditions, ProductFilter
from fusion.serving.ladder import (
    StepCandidates,
    newest_candidates,
    popular_candidates,
    ranked_candidates,
)
from fusion.serving.merchandising import merchandising_cache
from fusion.serving.messages import Question
from fusion.serving.model_step import Ranked, kept_list, rank
from fusion.serving.results import (
    UNASKED,
    Explain,
    Fallback,
    Reason,
    Recommendation,
    Result,
    Step,
)
from fusion.serving.scenarios import Overrides, ScenarioSettings
from users.presumed import PresumedWrongError

HOME = "home"
SIMILAR = "similar"  # the scenario of `similar_products`


@dataclass(frozen=True, slots=True)
class Answering:
    """One answer in the making.

    Attributes:
        started: of the performance counter.
        scenario: the name the answer carries.
        orders: what the shop wants of it; its seed is the recommendation id.
        question: what was asked, as it is kept with the served list.
    """

    recommendation_id: uuid.UUID
    started: float
    orders: Orders
    limit: int
    question: dict[str, Any] = field(default_factory=dict)

    @property
    def scenario(self) -> str:
        """Return the name the answer carries."""
        return self.orders.settings.name

    def kept_question(self) -> dict[str, Any]:
        """Return what was asked, the scenario's settings filled in."""
        return {**self.question, "limit": self.limit, "settings": self.orders.settings}

    @classmethod
    def begin(
        cls,
        settings: ScenarioSettings,
        *,
        limit: int,
        question: dict[str, Any],
        now: datetime,
        without_rule: int | None = None,
    ) -> "Answering":
        """Note the time, draw an id and look up the rules."""
        own_id = uuid.uuid4()
        rules = merchandising_cache.get(now=now).rules_for(settings.name, now=now)
        if without_rule is not None:
            rules = tuple(each for each in rules if each.pk != without_rule)
        orders = Orders(settings, rules, seed=own_id.int)
        return cls(own_id, time.perf_counter(), orders, limit, question)


class Asker(NamedTuple):
    """Who asks, by the shop's ids, and how much they want to know."""

    user_id: str | None
    visitor_id: str | None
    with_evidence: bool


def recommend(
    *,
    user_id: str | None = None,
    visitor_id: str | None = None,
    scenario: str = HOME,
    limit: int = 20,
    exclude_product_ids: Sequence[str] = (),
    context_product_ids: Sequence[str] = (),
    shown_product_ids: Sequence[str] = (),
    only: ProductFilter = ANY,
    explain: str = Explain.CONTRIBUTIONS,
    is_shown: bool = True,
    num_shown: int | None = None,
    without_rule: int | None = None,
    now: datetime,
    **overrides: Unpack[Overrides],
) -> Recommendation:
    """Return products for a shopper: always an answer, never an error for lack of data.

    Args:
        user_id: the shop's id of a customer; one we never heard of is fine.
        visitor_id: the shop's id of an anonymous visitor; counts where no customer is known.
        context_product_ids: what the shopper looks at right now, newest last; they steer the
            ranking and are not shown.
        shown_product_ids: what stands elsewhere on the same page already; left out after
            ranking, so that the page's other questions stay the same ones.
        only: which products are shown; what it names counts instead of the scenario's filter.
        explain: how much is told of why.
        is_shown: False for a preview that no shopper sees, which is not recorded.
        num_shown: how many products are shown now, of an answer that has further pages.
        without_rule: the key of a rule to leave out, to preview what it changes.
        overrides: what counts instead of the scenario's settings.

    Raises:
        ValueError: there is no such scenario, fallback or seen policy.
    """
    stored = merchandising_cache.get(now=now).scenario(scenario)
    settings = stored.overridden(only, overrides)
    asked = {
        "exclude": [*exclude_product_ids],
        "context": [*context_product_ids],
        "elsewhere": [*shown_product_ids],
    }
    answering = Answering.begin(
        settings, limit=limit, question=asked, now=now, without_rule=without_rule
    )
    asker = Asker(user_id, visitor_id, with_evidence=explain == Explain.EVIDENCE)
    made = None
    if not exclude_product_ids and not context_product_ids:
        made = _presumed(answering, asker, shown_product_ids, now=now)
    if made is None:
        circumstances = read_circumstances(
            user_id=user_id,
            visitor_id=visitor_id,
            settings=settings,
            exclude_product_ids=exclude_product_ids,
            context_product_ids=context_product_ids,
            shown_product_ids=shown_product_ids,
            now=now,
        )
        ranked = _rank(circumstances, with_evidence=asker.with_evidence)
        made = _made(answering, ranked, circumstances, now=now)
    answer, shopper_pk = made
    if is_shown:
        shown = replace(answer, results=answer.results[:num_shown])
        question = answering.kept_question()
        served_lists.record(shown, question=question, shopper_pk=shopper_pk, now=now)
    return _bare(answer) if explain == Explain.NONE else answer


def _made(
    answering: Answering, ranked: Ranked, circumstances: Circumstances, *, now: datetime
) -> tuple[Recommendation, int | None]:
    """Return the answer, and whom it is for."""
    steps = _steps(ranked, circumstances, now=now)
    answer = finish(answering, ranked, steps, circumstances.conditions)
    return answer, circumstances.shopper_pk


def _presumed(
    answering: Answering, asker: Asker, shown_product_ids: Sequence[str], *, now: datetime
) -> tuple[Recommendation, int | None] | None:
    """Return the hot list of whom these names meant the last time; None if that is not proved.

    Most answers come from hot lists. One look at Redis and one at the database make them, since
    the latter tells what may be shown and whether the list is still this shopper's.
    """
    names = {"user_id": asker.user_id, "visitor_id": asker.visitor_id}
    settings = answering.orders.settings
    found = presumed_circumstances(
        **names, settings=settings, shown_product_ids=shown_product_ids, now=now
    )
    if found is None:
        return None
    hot = kept_list(found.hot_list_key(with_evidence=asker.with_evidence), link=redis_link())
    if hot is None or not hot.ranked.product_pks:
        return None
    ranked = Ranked(Step.HOT_LIST, Reason.ANSWERED, hot.ranked)
    try:
        return _made(answering, ranked, found.presuming(hot.history_stamp, **names), now=now)
    except PresumedWrongError:
        return None


def similar_products(
    product_id: str, *, by: str = "fused", limit: int = 20, is_shown: bool = True, now: datetime
) -> Recommendation:
    """Return products like one product, judged by one branch or by all ("fused").

    Where the model has nothing, popular products of the same category follow.
    """
    settings = merchandising_cache.get(now=now).settings_of(SIMILAR)
    asked = {"product": product_id, "by": by}
    answering = Answering.begin(settings, limit=limit, question=asked, now=now)
    product = Product.objects.known().filter(external_id=product_id).first()
    conditions = conditions_of(settings, None, frozenset([product_id]))
    ranked = Ranked(Step.NONE, Reason.UNKNOWN_PRODUCT)
    if product is not None:
        ranked = rank_similar(product, by, settings)
    near = frozenset([product.category_id]) if product and product.category_id else None
    steps = [*ranked_step(ranked), *popular_steps(near, conditions, settings, now=now)]
    answer = finish(answering, ranked, steps, conditions)
    if is_shown:
        served_lists.record(answer, question=answering.kept_question(), shopper_pk=None, now=now)
    return answer


def rank_similar(product: Product, by: str, settings: ScenarioSettings) -> Ranked:
    """Return what the model finds like a product."""
    question = Question(
        "similar", k=RANKED, product_pk=product.pk, by=by, diversity=settings.diversity
    )
    key = hot_list.key(SIMILAR, product.pk, by, settings.diversity)
    keep_s = hot_list.lifetime_s()
    return rank(lambda: question, key=key, keep_s=keep_s, history_stamp=0, link=redis_link())


def popular_steps(
    near: frozenset[int] | None,
    conditions: Conditions,
    settings: ScenarioSettings,
    *,
    now: datetime,
) -> Iterator[StepCandidates]:
    """Give what follows when the model has no more: popular nearby, popular, newest."""
    window = settings.popularity_window
    if near is not None:
        yield Step.POPULAR_IN_CATEGORY, popular_candidates(near, window=window, now=now)
    if conditions.category_pks is None:
        yield Step.POPULAR, popular_candidates(None, window=window, now=now)
    yield Step.NEWEST, newest_candidates(conditions)


def finish(
    answering: Answering,
    ranked: Ranked,
    steps: Iterator[StepCandidates] | Sequence[StepCandidates],
    conditions: Conditions,
) -> Recommendation:
    """Take products from the steps, apply the shop's orders, and name the step that answered."""
    filled = fill(steps, conditions, answering.orders, limit=answering.limit)
    results = _results(filled, ranked)
    found = [result.source for result in results if result.source not in UNASKED]
    level = found[0] if found else Step.NONE
    reason = ranked.reason
    if reason is Reason.ANSWERED and level is not ranked.step:
        reason = Reason.NOTHING_RANKED
    has_ranked = ranked.ranked is not None and ranked.step in found
    return Recommendation(
        recommendation_id=answering.recommendation_id,
        scenario=answering.scenario,
        model_version=ranked.ranked.version_id if ranked.ranked and has_ranked else None,
        results=results,
        fallback=Fallback(level, reason),
        took_ms=round((time.perf_counter() - answering.started) * 1000, 2),
    )


def _rank(circumstances: Circumstances, *, with_evidence: bool) -> Ranked:
    if circumstances.conditions.category_pks == frozenset():
        return Ranked(Step.NONE, Reason.UNKNOWN_CATEGORY)
    if not circumstances.is_of_somebody():
        return Ranked(Step.NONE, Reason.NO_HISTORY)
    ranked = rank(
        lambda: _question(circumstances, with_evidence=with_evidence),
        key=circumstances.hot_list_key(with_evidence=with_evidence),
        keep_s=circumstances.hot_list_seconds,
        history_stamp=circumstances.history_stamp,
        link=redis_link(),
    )
    if ranked.reason is Reason.NO_HISTORY:
        return replace(ranked, step=Step.NONE, ranked=None)
    is_stale = ranked.step is Step.STALE_LIST
    if is_stale and circumstances.settings.fallback is not FallbackPolicy.FULL:
        return replace(ranked, step=Step.NONE, ranked=None)
    return ranked


def _question(circumstances: Circumstances, *, with_evidence: bool) -> Question:
    """Return what the model is asked; nothing where the shopper took back all they did."""
    if not circumstances.history:
        raise NoAnswerError(Reason.NO_HISTORY)
    return circumstances.question(with_evidence=with_evidence)


def _steps(
    ranked: Ranked, circumstances: Circumstances, *, now: datetime
) -> Iterator[StepCandidates]:
    """Give the steps one by one: what a later one costs is only paid when it is needed."""
    yield from ranked_step(ranked)
    if circumstances.settings.fallback is not FallbackPolicy.NONE:
        near = circumstances.nearby_categories()
        settings = circumstances.settings
        yield from popular_steps(near, circumstances.conditions, settings, now=now)


def ranked_step(ranked: Ranked) -> Iterator[StepCandidates]:
    """Give what the model said, if it did."""
    if ranked.ranked is not None:
        yield ranked.step, ranked_candidates(ranked.ranked)


def _results(filled: Filled, ranked: Ranked) -> tuple[Result, ...]:
    nearest = [each.candidate.nearest for each in filled.placed]
    evidence = named_evidence(ranked.ranked, nearest, filled.id_of)
    return tuple(
        each.result(rank, found)
        for rank, (each, found) in enumerate(zip(filled.placed, evidence, strict=True), start=1)
    )


def _bare(answer: Recommendation) -> Recommendation:
    """Return the answer without its reasons."""
    bare = (replace(each, contributions={}, reasons=()) for each in answer.results)
    return replace(answer, results=tuple(bare))
