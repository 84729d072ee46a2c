"""What happened after an answer: what the shopper did with it, and how soon."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils.safestring import SafeString

from catalog.admin.charts import Tile
from catalog.admin.numbers import plural
from catalog.admin.pictures import main_picture, pictures_of, thumbnail
from catalog.admin.products import price_words
from fusion.admin.evidence import ACTS
from fusion.attribution.one_answer import outcome_of
from fusion.models import ServedList
from users.models import Event, EventKind

MOST_EVENTS = 50


@dataclass(frozen=True, slots=True)
class After:
    """One event that named the answer."""

    event: Event
    picture: SafeString
    later: str
    place: int | None  # of its product in the answer


def events_after(served: ServedList) -> list[After]:
    """Return the first events that carried the answer's id, oldest first, in two queries."""
    events = Event.objects.filter(recommendation_id=served.pk).select_related("product")
    events = events.prefetch_related(pictures_of("product__")).order_by("occurred_at", "pk")
    places = {str(each["product_id"]): n for n, each in enumerate(served.results, start=1)}
    return [
        After(
            event,
            thumbnail(main_picture(event.product), size=44),
            later_words(event.occurred_at - served.created_at),
            places.get(event.product.external_id),
        )
        for event in events[:MOST_EVENTS]
    ]


def marks(after: Sequence[After]) -> dict[str, tuple[str, ...]]:
    """Map products to what was done with them, each thing once."""
    found: dict[str, dict[str, None]] = {}
    for each in after:
        act = ACTS.get(EventKind(each.event.kind), each.event.get_kind_display().lower())
        found.setdefault(each.event.product.external_id, {})[act] = None
    return {product_id: tuple(acts) for product_id, acts in found.items()}


def later_words(passed: timedelta) -> str:
    """Say how much later something happened, with the number that matters."""
    seconds = int(passed.total_seconds())
    if seconds < 0:
        return "before it"  # the client's clock is another one
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            return f"{plural(seconds // length, unit)} later"
    return f"{plural(seconds, 'second')} later"


def outcome_tiles(served: ServedList, after: Sequence[After]) -> list[Tile]:
    """Return what came of the answer, as attribution counts it."""
    outcome, days = outcome_of(served), plural(settings.FUSION_ATTRIBUTION_DAYS, "day")
    currency = next((each.event.product.currency for each in after), "")
    return [
        Tile(
            "Clicked",
            plural(len(outcome.clicked_pks), "product"),
            f"Different products of this answer for which an event came with its id within {days}.",
            f"of {plural(len(served.results), 'product')} shown",
        ),
        Tile(
            "First reaction",
            after[0].later if after else "none",
            "From the answer to the first event that named it.",
        ),
        Tile(
            "Bought",
            plural(outcome.num_purchases, "purchase"),
            f"Within {days}, where the shopper came to the product through this answer last.",
        ),
        Tile(
            "Revenue",
            price_words(outcome.revenue, currency) if outcome.num_purchases else "-",
            "Price times quantity of these purchases.",
        ),
    ]
