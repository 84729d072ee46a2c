"""A shopper's rights: all that is kept of them, given out or deleted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import transaction
from django.db.models import Q, QuerySet

from users.audit import forget_shoppers
from users.keepers import Rows, keepers
from users.models import Event, Shopper

ROWS_AT_ONCE = 2_000  # held in memory while a long history is written out
EVENT_COLUMNS = (
    "event_id",
    "kind",
    "value",
    "quantity",
    "price",
    "recommendation_id",
    "occurred_at",
    "received_at",
)
Lines = Iterator[bytes]


def _everyone(shopper: Shopper) -> QuerySet[Shopper]:
    """Return the shopper and the visitors that became this customer."""
    return Shopper.objects.filter(Q(pk=shopper.pk) | Q(merged_into=shopper)).order_by("pk")


def sections_of(shopper: Shopper) -> dict[str, Rows]:
    """Return all that is kept of a shopper, by section; long ones are read bit by bit."""
    everyone = _everyone(shopper)
    pks = [each.pk for each in everyone]
    events = Event.objects.filter(shopper__in=pks).order_by("pk")
    columns = events.values("product__external_id", *EVENT_COLUMNS)
    sections: dict[str, Rows] = {
        "shoppers": [_named(each) for each in everyone.select_related("merged_into")],
        "events": (
            {"product_id": row.pop("product__external_id"), **row}
            for row in columns.iterator(ROWS_AT_ONCE)
        ),
    }
    for keeper in keepers():
        sections |= keeper.sections(pks)
    return sections


def _named(shopper: Shopper) -> dict[str, Any]:
    into = shopper.merged_into
    return {
        "kind": shopper.kind,
        "id": shopper.external_id,
        "created_at": shopper.created_at,
        "merged_into": into.external_id if into else None,
    }


def _written(row: dict[str, Any]) -> bytes:
    return orjson.dumps(row, default=str)


def export_json(shopper: Shopper) -> Lines:
    """Give one JSON object, a list by section, piece by piece."""
    opening = b"{"
    for name, rows in sections_of(shopper).items():
        yield opening + orjson.dumps(name) + b":["
        for position, row in enumerate(rows):
            yield (b",\n" if position else b"\n") + _written(row)
        yield b"]"
        opening = b",\n"
    yield b"}\n"


def export_lines(shopper: Shopper) -> Lines:
    """Give one JSON object a line, each with the section it belongs to."""
    for name, rows in sections_of(shopper).items():
        for row in rows:
            yield _written({"section": name, **row}) + b"\n"


@dataclass(frozen=True, slots=True)
class ErasureReceipt:
    """What was deleted of one shopper; it names no one, so it can be kept."""

    receipt_id: UUID
    erased_at: datetime
    num_events: int
    num_served_lists: int
    num_visitors: int  # that had become this customer
    num_rows: int  # of every table, these included
    model_versions: tuple[int, ...]  # that learned from the events, and still do not name anyone


def erase_shopper(shopper: Shopper, *, receipt_id: UUID, erased_at: datetime) -> ErasureReceipt:
    """Delete a shopper with history, answers and the visitors that had become this customer."""
    everyone = _everyone(shopper)
    with transaction.atomic():
        pks = [each.pk for each in everyone.select_for_update()]
        versions = sorted({pk for keeper in keepers() for pk in keeper.trained_on(pks)})
        forget_shoppers(pks)
        num_rows, by_table = Shopper.objects.filter(pk__in=pks).delete()
    _forget(pks)
    return ErasureReceipt(
        receipt_id=receipt_id,
        erased_at=erased_at,
        num_events=by_table.get("users.Event", 0),
        num_served_lists=by_table.get("fusion.ServedList", 0),
        num_visitors=by_table.get("users.Shopper", 1) - 1,
        num_rows=num_rows,
        model_versions=tuple(versions),
    )


def _forget(shopper_pks: Sequence[int]) -> None:
    """Drop what lies outside the database; after the rows, so that nothing is kept anew."""
    for keeper in keepers():
        keeper.forget(shopper_pks)
