"""Rows of a file as events, and batches of them into the history."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from catalog.feeds.columns import Columns
from catalog.feeds.rows import FeedRow
from catalog.values import InvalidRowError
from users.event_data import ContentIds, EventData, parse_event
from users.models import EventKind

EVENT_COLUMNS = {
    "event_id": ("id", "interaction_id"),
    "user_id": ("customer_id", "shopper_id", "client_id", "user"),
    "visitor_id": ("anonymous_id", "session_id", "visitor"),
    "product_id": ("external_id", "item_id", "article_id", "sku", "product", "item"),
    "kind": ("event", "event_type", "event_name", "action"),
    "occurred_at": ("timestamp", "time", "datetime", "date", "event_time", "created_at", "t_dat"),
    "value": ("rating", "score", "stars"),
    "quantity": ("qty",),
    "price": ("unit_price",),
    "recommendation_id": (),
}
KIND_WORDS = {
    "pageview": EventKind.VIEW,
    "page_view": EventKind.VIEW,
    "click": EventKind.VIEW,
    "detail_view": EventKind.VIEW,
    "add_to_cart": EventKind.CART,
    "addtocart": EventKind.CART,
    "basket": EventKind.CART,
    "buy": EventKind.PURCHASE,
    "order": EventKind.PURCHASE,
    "transaction": EventKind.PURCHASE,
    "favorite": EventKind.LIKE,
    "favourite": EventKind.LIKE,
    "wishlist": EventKind.LIKE,
    "rate": EventKind.RATING,
    "review": EventKind.RATING,
    "remove_from_cart": EventKind.REMOVE,
    "dislike": EventKind.REMOVE,
}


def event_parser(
    columns: Columns, *, default_kind: str, now: datetime
) -> Callable[[FeedRow], EventData]:
    """Return what turns a row into an event.

    A row without a kind is of `default_kind`, and without that a rating if it has a value.
    A row needs its time: without one, the same file would be other events the next time.
    """
    content_ids = ContentIds()

    def parse(row: FeedRow) -> EventData:
        known, _ = columns.split(row.values)
        known["kind"] = _kind(known, default_kind)
        if not known["kind"]:
            raise InvalidRowError({"kind": "Missing: add --map kind=COLUMN or --kind KIND."})
        if known.get("occurred_at") in (None, ""):
            raise InvalidRowError({"occurred_at": "Missing: when it happened."})
        return parse_event(known, now=now, content_ids=content_ids)

    return parse


def _kind(known: dict[str, Any], default_kind: str) -> str:
    word = str(known.get("kind") or default_kind).strip().lower()
    if not word and known.get("value") not in (None, ""):
        word = EventKind.RATING
    return KIND_WORDS.get(word, word)
