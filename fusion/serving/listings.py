"""Answers that need no model: trending, bought together, recently viewed."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from catalog.models import Product
from fusion.models import Rule
from fusion.serving import served_lists
from fusion.serving.baskets import companions
from fusion.serving.circumstances import conditions_of
from fusion.serving.filters import ANY, ProductFilter
from fusion.serving.ladder import Candidate, popular_candidates
from fusion.serving.making import Answering, finish, popular_steps, ranked_step
from fusion.serving.merchandising import merchandising_cache
from fusion.serving.model_step import Ranked
from fusion.serving.popular import Window
from fusion.serving.recommend import rank_similar
from fusion.serving.results import Fallback, Reason, Recommendation, Step
from users.history import find_shopper, recently_viewed

TRENDING = "trending"
BOUGHT_TOGETHER = "bought_together"
RECENTLY_VIEWED = "recently_viewed"
UNASKED = Ranked(Step.NONE, Reason.NOT_ASKED)


def trending_products(
    *, window: Window = Window.DAY, only: ProductFilter = ANY, limit: int = 20, now: datetime
) -> Recommendation:
    """Return what shoppers turned to most in a window, newer and stronger acts counting more.

    The window ends with the shop's newest event. Popular and new products fill up a short list.
    """
    settings = merchandising_cache.get(now=now).settings_of(TRENDING).overridden(only, {})
    asked = {"window": window, "category": only.category}
    answering = Answering.begin(settings, limit=limit, question=asked, now=now)
    conditions = conditions_of(settings, None, frozenset())
    near = conditions.category_pks
    steps = [
        (Step.TRENDING, popular_candidates(near, window=window, now=now)),
        *popular_steps(near, conditions, settings, now=now),
    ]
    ranked = Ranked(Step.NONE, Reason.UNKNOWN_CATEGORY) if near == frozenset() else UNASKED
    return _shown(answering, finish(answering, ranked, steps, conditions), None, now)


def bought_together(product_id: str, *, limit: int = 20, now: datetime) -> Recommendation:
    """Return what is bought together with a product.

    Where too little was, the model's similar products follow, then popular ones.
    """
    settings = merchandising_cache.get(now=now).settings_of(BOUGHT_TOGETHER)
    answering = Answering.begin(settings, limit=limit, question={"product": product_id}, now=now)
    conditions = conditions_of(settings, None, frozenset([product_id]))
    product = Product.objects.with_external_ids([product_id]).first()
    found = list(_companions(product, now)) if product else []
    ranked = UNASKED if product else Ranked(Step.NONE, Reason.UNKNOWN_PRODUCT)
    if product and len(found) < limit:
        ranked = rank_similar(product, "fused", settings)
    near = frozenset([product.category_id]) if product and product.category_id else None
    steps = [
        (Step.BOUGHT_TOGETHER, found),
        *ranked_step(ranked),
        *popular_steps(near, conditions, settings, now=now),
    ]
    answer = finish(answering, ranked, steps, conditions)
    if answer.fallback.level is Step.BOUGHT_TOGETHER:
        answer = replace(answer, fallback=Fallback(Step.BOUGHT_TOGETHER, Reason.NOT_ASKED))
    return _shown(answering, answer, None, now)


def recently_viewed_products(
    *, user_id: str | None = None, visitor_id: str | None = None, limit: int = 20, now: datetime
) -> Recommendation:
    """Return the products a shopper looked at last, the last one first; nothing else fills up.

    Of the shop's rules only those that hide count here: this is the shopper's own list.
    """
    settings = merchandising_cache.get(now=now).settings_of(RECENTLY_VIEWED)
    begun = Answering.begin(settings, limit=limit, question={}, now=now)
    hiding = tuple(rule for rule in begun.orders.rules if rule.action == Rule.Action.HIDE)
    answering = replace(begun, orders=replace(begun.orders, rules=hiding))
    shopper_pk = find_shopper(user_id=user_id, visitor_id=visitor_id)
    seen = recently_viewed(shopper_pk, before=now) if shopper_pk else []
    conditions = conditions_of(settings, shopper_pk, frozenset())
    steps = [(Step.RECENTLY_VIEWED, (Candidate(pk, {}) for pk in seen))]
    ranked = UNASKED if seen else Ranked(Step.NONE, Reason.NO_HISTORY)
    return _shown(answering, finish(answering, ranked, steps, conditions), shopper_pk, now)


def _companions(product: Product, now: datetime) -> Iterator[Candidate]:
    for each in companions(product.pk, now=now):
        note: dict[str, Any] = {"code": BOUGHT_TOGETHER, **each.figures()}
        score = note.pop("score")
        yield Candidate(each.product_pk, {BOUGHT_TOGETHER: score}, reasons=(note,))


def _shown(
    answering: Answering, answer: Recommendation, shopper_pk: int | None, now: datetime
) -> Recommendation:
    question = answering.kept_question()
    served_lists.record(answer, question=question, shopper_pk=shopper_pk, now=now)
    return answer
