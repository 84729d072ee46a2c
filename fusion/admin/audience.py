"""To whom a product was shown lately, and to whom it would be shown now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from catalog.admin.numbers import Estimate, percent, percent_range, plural, share_estimate
from catalog.models import Product
from fusion.admin.answers import Bar, bars
from fusion.models import ServedList
from fusion.serving.recommend import recommend, similar_products
from users.models import Event, Shopper, ShopperKind

RECENT_ANSWERS = 500
NEAREST = 8  # products whose shoppers are asked about
EVENTS_READ = 5  # the newest ones of each of these products
ASKED = 12  # shoppers: each costs one answer of the model
PLACES = 20


@dataclass(frozen=True, slots=True)
class Viewer:
    """A shopper who would be shown the product, and where."""

    shopper: Shopper
    place: int
    score: float
    bars: tuple[Bar, ...]
    width: float


@dataclass(frozen=True, slots=True)
class Audience:
    """Whom a product reaches.

    Attributes:
        num_asked: shoppers for whom an answer was made now.
        shown_share: of the last answers, with its interval; None without answers.
    """

    viewers: Sequence[Viewer]
    num_asked: int
    num_answers: int
    num_shown: int
    shown_share: Estimate | None

    @property
    def shown_words(self) -> str:
        """Say how often the last answers showed it."""
        if self.shown_share is None:
            return "No answer was stored yet."
        share, interval = percent(self.shown_share.value), percent_range(self.shown_share)
        lists = plural(self.num_answers, "stored answer")
        return f"Shown in {self.num_shown} of the last {lists}: {share} [{interval}]."


def audience_of(product: Product, *, now: datetime) -> Audience:
    """Ask for the home page of shoppers who last turned to products like this one."""
    shoppers = _likely_shoppers(product, now=now)
    viewers = [viewer for each in shoppers if (viewer := _viewer(each, product, now=now))]
    widest = max((viewer.width for viewer in viewers), default=0.0) or 1.0
    viewers = [_scaled(each, widest) for each in sorted(viewers, key=lambda each: each.place)]
    rows = ServedList.objects.order_by("-created_at", "recommendation_id")
    recent = list(rows.values_list("results", flat=True)[:RECENT_ANSWERS])
    shown = sum(any(each["product_id"] == product.external_id for each in row) for row in recent)
    share = share_estimate(shown, len(recent))
    return Audience(viewers, len(shoppers), len(recent), shown, share)


def _likely_shoppers(product: Product, *, now: datetime) -> list[Shopper]:
    """Return shoppers of the newest events of the nearest products, in a fixed number of queries.

    The product itself is not among these: who knows it already is no news.
    """
    near = similar_products(product.external_id, limit=NEAREST, is_shown=False, now=now)
    ids = [each.product_id for each in near.results]
    found: dict[int, Shopper] = {}
    for pk in Product.objects.with_external_ids(ids).values_list("pk", flat=True):
        events = Event.objects.filter(product=pk).engaged().order_by("-occurred_at")
        newest = events.select_related("shopper")[:EVENTS_READ]
        found |= {event.shopper_id: event.shopper for event in newest}
    return list(found.values())[:ASKED]


def _viewer(shopper: Shopper, product: Product, *, now: datetime) -> Viewer | None:
    is_customer = shopper.kind == ShopperKind.CUSTOMER
    answer = recommend(
        user_id=shopper.external_id if is_customer else None,
        visitor_id=None if is_customer else shopper.external_id,
        limit=PLACES,
        is_shown=False,
        now=now,
    )
    for each in answer.results:
        if each.product_id == product.external_id:
            size = sum(map(abs, each.contributions.values()))
            return Viewer(shopper, each.rank, each.score, bars(each.contributions), size)
    return None


def _scaled(viewer: Viewer, widest: float) -> Viewer:
    return replace(viewer, width=100 * viewer.width / widest)
