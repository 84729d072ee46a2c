"""Writes to what is known of shoppers. Every call is safe to repeat."""

from collections.abc import Iterable, Sequence
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
)
from users.event_rows import EventRow, insert_new
from users.models import Event, Shopper, ShopperKind


def receive_events(rows: Sequence[Any], *, received_at: datetime) -> list[EventVerdict]:
    """Check events as a client sent them, record the good ones, and judge each by its own id."""
    content_ids = ContentIds()
    verdicts: dict[int, EventVerdict] = {}
    events: dict[int, EventData] = {}
    for index, row in enumerate(rows):
        try:
            told = require_object(row)
            events[index] = parse_event(told, now=received_at, content_ids=content_ids)
        except InvalidRowError as error:
            verdicts[index] = EventVerdict(sent_id(row, "event_id"), "rejected", str(error))
    recorded = record_events(list(events.values()), received_at=received_at)
    for index, verdict in zip(events, recorded, strict=True):
        told_id = sent_id(rows[index], "event_id") or verdict.event_id
        verdicts[index] = replace(verdict, event_id=told_id)
    return [verdicts[index] for index in range(len(rows))]


def record_events(events: Sequence[EventData], *, received_at: datetime) -> list[EventVerdict]:
    """Store events once, whoever sends them how often, and judge each.

    An event of a product nobody has described is kept, and joins the product when it
    arrives: its verdict is "quarantined". A merged visitor's events go to the customer.
    """
    if not events:
        return []
    with transaction.atomic():
        shoppers = _lock_shoppers({event.shopper_key for event in events})
        products = ensure_products(event.product_id for event in events)
        rows = {
            event.event_id: EventRow(event, shoppers[event.shopper_key], products[event.product_id])
            for event in reversed(events)  # of two with one id, the first is the one to keep
        }
        stored = insert_new(list(rows.values()), received_at=received_at)
    return _verdicts(events, stored, _placeholders(events))


def foresee_events(events: Sequence[EventData]) -> list[EventVerdict]:
    """Judge events as `record_events` would, and write nothing."""
    wanted = {event.event_id for event in events}
    taken = Event.objects.filter(event_id__in=wanted).values_list("event_id", flat=True)
    named = {event.product_id for event in events}
    known = Product.objects.known().with_external_ids(named).values_list("external_id", flat=True)
    return _verdicts(events, wanted - set(taken), named - set(known))


def _verdicts(
    events: Iterable[EventData], stored: set[UUID], placeholders: set[str]
) -> list[EventVerdict]:
    left, verdicts = set(stored), []
    for event in events:
        status: EventStatus = "duplicate"
        if event.event_id in left:
            left.remove(event.event_id)  # its twin further on is a duplicate
            status = "quarantined" if event.product_id in placeholders else "accepted"
        verdicts.append(EventVerdict(str(event.event_id), status))
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
        columns = locked.values_list("kind", "external_id", "pk", "merged_into")
        owners |= {(kind, external_id): into or pk for kind, external_id, pk, into in columns}
    return owners


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


@dataclass(frozen=True, slots=True)
class ErasureReceipt:
    """What was deleted of one shopper; it names no one, so it can be kept."""

    receipt_id: UUID
    erased_at: datetime
    num_events: int
    num_visitors: int  # that had become this customer
    num_rows: int  # of every table, these included


def erase_shopper(shopper: Shopper, *, receipt_id: UUID, erased_at: datetime) -> ErasureReceipt:
    """Delete a shopper with history, answers and the visitors that had become this customer."""
    everyone = Shopper.objects.filter(Q(pk=shopper.pk) | Q(merged_into=shopper))
    with transaction.atomic():
        list(everyone.select_for_update().order_by("pk"))
        num_rows, by_table = everyone.delete()
    return ErasureReceipt(
        receipt_id=receipt_id,
        erased_at=erased_at,
        num_events=by_table.get("users.Event", 0),
        num_visitors=by_table.get("users.Shopper", 1) - 1,
        num_rows=num_rows,
    )
