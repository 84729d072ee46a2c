"""The request path, top to bottom: who asks, what the model says, what may be shown."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, Unpack, cast

import orjson

from catalog.models import Product
from catalog.redis_link import redis_link
from fusion.models import FallbackPolicy
from fusion.serving import hot_answers, hot_list, served_lists
from fusion.serving.after_ranking.arrangement import Filled, fill
from fusion.serving.circumstances import (
    RANKED,
    Circumstances,
    conditions_of,
    presumed_circumstances,
    read_circumstances,
)
from fusion.serving.client import NoAnswerError
from fusion.serving.filters import ANY, ProductFilter
from fusion.serving.hot_answers import NOTHING, HotAnswer
from fusion.serving.hot_list import HotList
from fusion.serving.ladder import StepCandidates
from fusion.serving.making import Answering, answer_of, finish, popular_steps, ranked_step
from fusion.serving.merchandising import merchandising_cache
from fusion.serving.messages import Question
from fusion.serving.model_step import Ranked, rank
from fusion.serving.results import Explain, Reason, Recommendation, Step
from fusion.serving.scenarios import Overrides, ScenarioSettings
from users.history import KnownShopper
from users.presumed import PresumedWrongError

HOME = "home"
SIMILAR = "similar"  # the scenario of `similar_products`
LIMIT = 20


class Asked(Overrides, total=False):
    """What is asked; every part may be left out.

    Attributes:
        user_id: the shop's id of a customer; one we never heard of is fine.
        visitor_id: the shop's id of an anonymous visitor; counts where no customer is known.
        scenario: "home" unless said.
        limit: 20 unless said.
        exclude_product_ids: not to be shown.
        context_product_ids: what the shopper looks at right now, newest last; they steer the
            ranking and are not shown.
        shown_product_ids: what stands elsewhere on the same page already; left out after
            ranking, so that the page's other questions stay the same ones.
        only: which products are shown; what it names counts instead of the scenario's filter.
        explain: how much is told of why.
    """

    user_id: str | None
    visitor_id: str | None
    scenario: str
    limit: int
    exclude_product_ids: Sequence[str]
    context_product_ids: Sequence[str]
    shown_product_ids: Sequence[str]
    only: ProductFilter
    explain: str


class Made(NamedTuple):
    """An answer and for whom it is; from a hot list, also that list and what was made of it."""

    answer: Recommendation
    shopper_pk: int | None
    hot: HotList | None = None
    filled: Filled | None = None


def recommend(
    *,
    is_shown: bool = True,
    num_shown: int | None = None,
    without_rule: int | None = None,
    now: datetime,
    **asked: Unpack[Asked],
) -> Recommendation:
    """Return products for a shopper: always an answer, never an error for lack of data.

    Args:
        is_shown: False for a preview that no shopper sees, which is not recorded.
        num_shown: how many products are shown now, of an answer that has further pages.
        without_rule: the key of a rule to leave out, to preview what it changes.
        asked: its settings count instead of the scenario's.

    Raises:
        ValueError: there is no such scenario, fallback or seen policy.
    """
    answering = _begin(asked, without_rule=without_rule, now=now)
    presumed = _presumed(answering, asked, now=now)
    kept = hot_answers.look(_list_key(presumed, asked)) if presumed else NOTHING
    made = _made(answering, asked, presumed, kept.hot_list(), now=now)
    if is_shown:
        shown = replace(made.answer, results=made.answer.results[:num_shown])
        question = answering.kept_question()
        served_lists.record(shown, question=question, shopper_pk=made.shopper_pk, now=now)
    return _told(made.answer, asked)


def recommend_json(*, now: datetime, **asked: Unpack[Asked]) -> bytes:
    """Return the answer of `recommend` as JSON, as it was given before if it still stands."""
    answering = _begin(asked, now=now)
    question = answering.kept_question()
    presumed = _presumed(answering, asked, now=now)
    kept, key, shopper = NOTHING, "", None
    if presumed:
        key = hot_answers.key(presumed, answering, _explain(asked))
        kept = hot_answers.look(_list_key(presumed, asked), key)
        hot = kept.answer()
        stands, shopper = _proof(hot, answering, asked, presumed)
        if hot and stands:
            again, shopper_pk = hot_answers.again(hot, answering), presumed.shopper_pk
            served_lists.record(
                again, noted=hot.noted, question=question, shopper_pk=shopper_pk, now=now
            )
            return hot_answers.body(again, hot.shown)
    made = _made(answering, asked, presumed, kept.hot_list(), shopper, now=now)
    told = _told(made.answer, asked)
    also = []
    if made.hot and made.filled and hot_answers.can_be_kept(made.answer, answering):
        also = [hot_answers.keep_command(key, made.hot, made.filled, made.answer, told)]
    served_lists.record(
        made.answer, question=question, shopper_pk=made.shopper_pk, also=also, now=now
    )
    return orjson.dumps(told)


def _begin(asked: Asked, *, without_rule: int | None = None, now: datetime) -> Answering:
    stored = merchandising_cache.get(now=now).scenario(asked.get("scenario", HOME))
    own = cast(Overrides, {name: asked.get(name) for name in Overrides.__annotations__})
    question = {
        "exclude": [*asked.get("exclude_product_ids", ())],
        "context": [*asked.get("context_product_ids", ())],
        "elsewhere": [*asked.get("shown_product_ids", ())],
    }
    return Answering.begin(
        stored.overridden(asked.get("only", ANY), own),
        limit=asked.get("limit", LIMIT),
        question=question,
        now=now,
        without_rule=without_rule,
    )


def _explain(asked: Asked) -> str:
    return asked.get("explain", Explain.CONTRIBUTIONS)


def _list_key(circumstances: Circumstances, asked: Asked) -> str:
    return circumstances.hot_list_key(with_evidence=_explain(asked) == Explain.EVIDENCE)


def _presumed(answering: Answering, asked: Asked, *, now: datetime) -> Circumstances | None:
    """Return the circumstances of whom these names meant the last time, if there was one.

    Most answers come from hot lists. One look at Redis and one at the database make them, since
    the latter tells what may be shown and whether the list is still this shopper's.
    """
    if asked.get("exclude_product_ids") or asked.get("context_product_ids"):
        return None
    return presumed_circumstances(
        user_id=asked.get("user_id"),
        visitor_id=asked.get("visitor_id"),
        settings=answering.orders.settings,
        shown_product_ids=asked.get("shown_product_ids", ()),
        now=now,
    )


def _presuming(presumed: Circumstances, history_stamp: int, asked: Asked) -> Circumstances:
    """Have the database prove who asks, and that they did nothing since."""
    names = {"user_id": asked.get("user_id"), "visitor_id": asked.get("visitor_id")}
    return presumed.presuming(history_stamp, **names)


class Proof(NamedTuple):
    """What the database said of an answer.

    Attributes:
        stands: whether the answer would be the same if it were made now.
        shopper: who asks, if it is somebody else or they did something since.
    """

    stands: bool
    shopper: KnownShopper | None = None


def _proof(
    hot: HotAnswer | None, answering: Answering, asked: Asked, presumed: Circumstances
) -> Proof:
    if hot is None:
        return Proof(False)
    conditions = _presuming(presumed, hot.history_stamp, asked).conditions
    try:
        rows = conditions.look(hot.product_pks, with_attributes=answering.orders.need_attributes())
    except PresumedWrongError as wrong:
        return Proof(False, wrong.shopper)
    return Proof(hot_answers.digest(rows) == hot.facts)


def _made(
    answering: Answering,
    asked: Asked,
    presumed: Circumstances | None,
    hot: HotList | None,
    shopper: KnownShopper | None = None,
    *,
    now: datetime,
) -> Made:
    """Make an answer, from the hot list if it is this shopper's.

    Args:
        shopper: who asks, where it is known that the hot list is not theirs.
    """
    if presumed and hot and not shopper:
        try:
            return _from_hot_list(answering, asked, presumed, hot, now=now)
        except PresumedWrongError as wrong:
            shopper = wrong.shopper
    circumstances = read_circumstances(
        user_id=asked.get("user_id"),
        visitor_id=asked.get("visitor_id"),
        settings=answering.orders.settings,
        exclude_product_ids=asked.get("exclude_product_ids", ()),
        context_product_ids=asked.get("context_product_ids", ()),
        shown_product_ids=asked.get("shown_product_ids", ()),
        shopper=shopper,
        now=now,
    )
    ranked = _rank(circumstances, with_evidence=_explain(asked) == Explain.EVIDENCE)
    steps = _steps(ranked, circumstances, now=now)
    answer = finish(answering, ranked, steps, circumstances.conditions)
    return Made(answer, circumstances.shopper_pk)


def _from_hot_list(
    answering: Answering, asked: Asked, presumed: Circumstances, hot: HotList, *, now: datetime
) -> Made:
    """Return the answer made from a hot list.

    Raises:
        PresumedWrongError: the list is not this shopper's.
    """
    circumstances = _presuming(presumed, hot.history_stamp, asked)
    ranked = Ranked(Step.HOT_LIST, Reason.ANSWERED, hot.ranked)
    steps = _steps(ranked, circumstances, now=now)
    filled = fill(steps, circumstances.conditions, answering.orders, limit=answering.limit)
    answer = answer_of(answering, ranked, filled)
    return Made(answer, circumstances.shopper_pk, hot, filled)


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


def _told(answer: Recommendation, asked: Asked) -> Recommendation:
    """Return the answer without its reasons, where none are wanted."""
    if _explain(asked) != Explain.NONE:
        return answer
    bare = (replace(each, contributions={}, reasons=()) for each in answer.results)
    return replace(answer, results=tuple(bare))
