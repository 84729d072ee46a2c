"""Writes to what is known of shoppers. Every call is safe to repeat."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from catalog.models import Product
from catalog.services import ensure_products
from catalog.values import InvalidRowError, require_object, sent_id
from users.event_data import (
    ContentIds,
    EventData,
    EventStatus,
    EventVerdict,
    ShopperKey,
    parse_event,
    repeatable_id,
)
from users.event_rows import EventRow, insert_new
from users.models import Event, Shopper, ShopperKind

Gist = tuple[object, object, str]  # shopper, product, kind
OTHER_EVENT = "This event_id names another event."


def receive_events(
    rows: Sequence[Any],
    *,
    received_at: datetime,
    is_public: bool = False,
    idempotency_key: str = "",
) -> list[EventVerdict]:
    """Check events as a client sent them, record the good ones, and judge each by its own id.

    `is_public` events came with a publishable key: their ids never meet those of other events.
    With an `idempotency_key`, an event without an id gets one from it and its place in the call.
    """
    if idempotency_key:
        rows = [_with_id(row, repeatable_id(idempotency_key, n)) for n, row in enumerate(rows)]
    content_ids = ContentIds()
    verdicts: dict[int, EventVerdict] = {}
    events: dict[int, EventData] = {}
    for index, row in enumerate(rows):
        try:
            told = require_object(row)
            events[index] = parse_event(
                told, now=received_at, content_ids=content_ids, is_public=is_public
            )
        except InvalidRowError as error:
            verdicts[index] = EventVerdict(sent_id(row, "event_id"), "rejected", str(error))
    recorded = record_events(list(events.values()), received_at=received_at)
    for index, verdict in zip(events, recorded, strict=True):
        told_id = sent_id(rows[index], "event_id") or verdict.event_id
        verdicts[index] = replace(verdict, event_id=told_id)
    return [verdicts[index] for index in range(len(rows))]


def _with_id(row: Any, event_id: str) -> Any:
    return {**row, "event_id": row.get("event_id") or event_id} if isinstance(row, dict) else row


def record_events(events: Sequence[EventData], *, received_at: datetime) -> list[EventVerdict]:
    """Store events once, whoever sends them how often, and judge each.

    An event of a product nobody has described is kept, and joins the product when it
    arrives: its verdict is "quarantined". A merged visitor's events go to the customer.
    An event with the id of another one, kept or earlier in the call, is "rejected".
    """
    if not events:
        return []
    with transaction.atomic():
        shoppers = _lock_shoppers({event.shopper_key for event in events})
        products = ensure_products(event.product_id for event in events)
        gists = [_gist(event, shoppers, products) for event in events]
        rows = {
            event.event_id: EventRow(event, shoppers[event.shopper_key], products[event.product_id])
            for event in reversed(events)  # of two with one id, the first is the one to keep
        }
        stored = insert_new(list(rows.values()), received_at=received_at)
        lost = rows.keys() - stored
        # What was erased a moment ago was another shopper's: this one's are locked.
        kept = dict.fromkeys(lost, None) | _kept(lost)
    return _verdicts(events, gists, kept, _placeholders(events))


def foresee_events(events: Sequence[EventData]) -> list[EventVerdict]:
    """Judge events as `record_events` would, and write nothing."""
    named = {event.product_id for event in events}
    found = Product.objects.with_external_ids(named)
    products = dict(found.values_list("external_id", "pk"))
    known = set(found.known().values_list("external_id", flat=True))
    shoppers = _owners(_named({event.shopper_key for event in events}))
    gists = [_gist(event, shoppers, products) for event in events]
    kept = _kept({event.event_id for event in events})
    return _verdicts(events, gists, kept, named - known)


def _gist(
    event: EventData, shoppers: Mapping[ShopperKey, int], products: Mapping[str, int]
) -> Gist:
    """Return what tells an event from another one that took its id."""
    shopper = shoppers.get(event.shopper_key, event.shopper_key)
    return shopper, products.get(event.product_id, event.product_id), event.kind


def _kept(event_ids: Iterable[UUID]) -> dict[UUID, Gist | None]:
    found = Event.objects.filter(event_id__in=list(event_ids))
    columns = found.values_list("event_id", "shopper", "product", "kind")
    return {event_id: (shopper, product, kind) for event_id, shopper, product, kind in columns}


def _verdicts(
    events: Iterable[EventData],
    gists: Iterable[Gist],
    kept: Mapping[UUID, Gist | None],
    placeholders: set[str],
) -> list[EventVerdict]:
    """Judge each event by what was kept before the call, and by the earlier ones in it."""
    taken, verdicts = dict(kept), []
    for event, gist in zip(events, gists, strict=True):
        status: EventStatus = "quarantined" if event.product_id in placeholders else "accepted"
        if event.event_id in taken:
            status = "duplicate" if taken[event.event_id] == gist else "rejected"
        taken.setdefault(event.event_id, gist)
        reason = OTHER_EVENT if status == "rejected" else ""
        verdicts.append(EventVerdict(str(event.event_id), status, reason))
    return verdicts


def _placeholders(events: Iterable[EventData]) -> set[str]:
    named = Product.objects.with_external_ids({event.product_id for event in events})
    return set(named.filter(is_placeholder=True).values_list("external_id", flat=True))


def ensure_shoppers(keys: Iterable[ShopperKey]) -> None:
    """Make the shoppers that are not known yet."""
    wanted = set(keys)
    missing = sorted(wanted - set(_named(wanted).values_list("kind", "external_id")))
    Shopper.objects.bulk_create(
        [Shopper(kind=kind, external_id=external_id) for kind, external_id in missing],
        ignore_conflicts=True,
    )


def _named(keys: Iterable[ShopperKey]) -> Any:
    by_kind: dict[str, list[str]] = {}
    for kind, external_id in keys:
        by_kind.setdefault(kind, []).append(external_id)
    named = Q(pk__in=[])
    for kind, external_ids in by_kind.items():
        named |= Q(kind=kind, external_id__in=external_ids)
    return Shopper.objects.filter(named)


def _lock_shoppers(keys: set[ShopperKey]) -> dict[ShopperKey, int]:
    """Return whose history each shopper's events belong to; nobody merges or erases them now.

    Rows are made before any is locked: two calls that hold each other's rows would deadlock.
    """
    owners: dict[ShopperKey, int] = {}
    while missing := keys - owners.keys():  # again, if one was erased in between
        ensure_shoppers(missing)
        locked = _named(missing).select_for_update(no_key=True).order_by("pk")
        owners |= _owners(locked)
    return owners


def _owners(shoppers: Any) -> dict[ShopperKey, int]:
    columns = shoppers.values_list("kind", "external_id", "pk", "merged_into")
    return {(kind, external_id): into or pk for kind, external_id, pk, into in columns}


class VisitorAlreadyMerged(Exception):
    """The visitor is another customer already."""

    def __init__(self, visitor_id: str) -> None:
        super().__init__(
            f"The visitor {visitor_id!r} was merged into another customer. "
            "Give the device a new visitor id when somebody else uses it."
        )


@dataclass(frozen=True, slots=True)
class Merge:
    """A visitor became a customer."""

    user_id: str
    visitor_id: str
    num_events_moved: int


def merge_visitor(*, visitor_id: str, user_id: str) -> Merge:
    """Give a visitor's history to the customer; what the visitor does later follows.

    Repeating it changes nothing.

    Raises:
        VisitorAlreadyMerged: into another customer, who keeps what is theirs.
    """
    customer_key = (ShopperKind.CUSTOMER, user_id)
    visitor_key = (ShopperKind.VISITOR, visitor_id)
    with transaction.atomic():
        _lock_shoppers({customer_key, visitor_key})
        customer = Shopper.objects.get(kind=ShopperKind.CUSTOMER, external_id=user_id)
        visitor = Shopper.objects.get(kind=ShopperKind.VISITOR, external_id=visitor_id)
        if visitor.merged_into_id not in (None, customer.pk):
            raise VisitorAlreadyMerged(visitor_id)
        num_moved = Event.objects.filter(shopper=visitor).update(shopper=customer)
        Shopper.objects.filter(pk=visitor.pk).update(merged_into=customer)
    return Merge(user_id, visitor_id, num_moved)
