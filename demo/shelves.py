"""Rows of products on a page: some ranked by the model, some plain lists."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import islice

from catalog.models import Product
from demo.bars import Scale, make_bars, ordered_branches
from demo.cards import Card, cards_by_id, make_card, with_pictures
from fusion.serving.popular import popularity_cache
from fusion.serving.results import Reason, Recommendation, Step
from users.history import recently_viewed
from users.models import Shopper

_STEPS = {
    Step.MODEL: "ranked by the model",
    Step.HOT_LIST: "ranked by the model, kept since",
    Step.STALE_LIST: "an earlier ranking of the model",
    Step.POPULAR_IN_CATEGORY: "popular in this category",
    Step.POPULAR: "popular with everybody",
    Step.NEWEST: "the newest products",
    Step.BOUGHT_TOGETHER: "counted from what was bought on one day",
}
_REASONS = {
    Reason.NO_HISTORY: "nothing is known of you yet",
    Reason.NO_MODEL: "no model has been promoted yet",
    Reason.NO_WORKER: "no serve worker is running",
    Reason.OVERLOADED: "too many requests wait",
    Reason.DEADLINE: "the model took too long",
    Reason.MODEL_ERROR: "the model failed",
    Reason.REDIS_DOWN: "Redis is down",
    Reason.UNKNOWN_PRODUCT: "this product is not known",
    Reason.NOTHING_RANKED: "the model knows none of these products",
}


@dataclass(frozen=True)
class Shelf:
    """A titled list of cards. `origin` says who ranked them, and how fast."""

    name: str
    title: str
    cards: tuple[Card, ...]
    hint: str = ""
    origin: str = ""
    branches: tuple[str, ...] = ()
    recommendation_id: str = ""
    is_row: bool = False

    @property
    def has_bars(self) -> bool:
        """Whether a legend is needed."""
        return bool(self.branches)


def ranked_shelf(name: str, title: str, answer: Recommendation, *, hint: str = "") -> Shelf:
    """Return a shelf of recommended products, each with its reasons."""
    cards = cards_by_id(result.product_id for result in answer.results)
    shown = [result for result in answer.results if result.product_id in cards]
    scale = Scale.of(result.contributions for result in shown)
    explained = (
        replace(
            cards[result.product_id],
            bars=make_bars(result.contributions, scale) if result.contributions else None,
        )
        for result in shown
    )
    branches = {branch: 0.0 for result in shown for branch in result.contributions}
    return Shelf(
        name=name,
        title=title,
        cards=tuple(explained),
        hint=hint,
        origin=describe_origin(answer),
        branches=tuple(ordered_branches(branches)),
        recommendation_id=str(answer.recommendation_id),
    )


def describe_origin(answer: Recommendation) -> str:
    """Return one line: the version, the step that answered, why, and how long it took."""
    version = f"Model version {answer.model_version}" if answer.model_version else "No model"
    step = _STEPS.get(answer.fallback.level, "")
    reason = _REASONS.get(answer.fallback.reason, "")
    said = [version, f"{step} ({reason})" if reason else step, f"{answer.took_ms:.1f} ms"]
    return " · ".join(part for part in said if part)


def plain_shelf(
    name: str, title: str, products: Iterable[Product], *, hint: str = "", is_row: bool = False
) -> Shelf:
    """Return a shelf that no model ranked."""
    return Shelf(name, title, tuple(map(make_card, products)), hint=hint, is_row=is_row)


def trending(*, now: datetime, limit: int) -> list[Product]:
    """Return what most shoppers like at the moment, the most popular first."""
    best = popularity_cache.get(now=now).best()
    return _in_order([product_pk for product_pk, _ in islice(best, limit)])


def never_touched(*, limit: int) -> list[Product]:
    """Return products without any event: only words and picture speak for them."""
    untouched = Product.objects.available().filter(events__isnull=True)
    return list(with_pictures(untouched.newest_first())[:limit])


def recently_seen(shopper: Shopper | None, *, now: datetime, limit: int) -> list[Product]:
    """Return the products a shopper looked at last, the last one first."""
    seen = recently_viewed(shopper.pk, before=now) if shopper else []
    return _in_order(seen[:limit])


def ids_seen(shopper: Shopper | None, *, now: datetime, limit: int) -> list[str]:
    """Return the ids of the products a shopper looked at last, the last one first."""
    seen = recently_viewed(shopper.pk, before=now)[:limit] if shopper else []
    id_of = dict(Product.objects.filter(pk__in=seen).values_list("pk", "external_id"))
    return [id_of[pk] for pk in seen]


def _in_order(product_pks: list[int]) -> list[Product]:
    shown = with_pictures(Product.objects.available().filter(pk__in=product_pks))
    found = {product.pk: product for product in shown}
    return [found[pk] for pk in product_pks if pk in found]
