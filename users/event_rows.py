"""The one statement that stores events, exact about which of them were new."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from users.event_data import EventData
from users.models import Event

# One array a column: one statement for any number of rows, planned once.
INSERT_ON_POSTGRESQL = """
    INSERT INTO users_event (event_id, shopper_id, product_id, kind, value, quantity, price,
                             recommendation_id, occurred_at, received_at)
    SELECT *, %s FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::text[],
                             %s::float8[], %s::int[], %s::numeric[], %s::uuid[],
                             %s::timestamptz[])
    ON CONFLICT (event_id) DO NOTHING
    RETURNING event_id
"""


@dataclass(frozen=True, slots=True)
class EventRow:
    """An event with the keys of its shopper and its product."""

    event: EventData
    shopper_pk: int
    product_pk: int


def insert_new(rows: Sequence[EventRow], *, received_at: datetime) -> set[UUID]:
    """Store the rows whose event id is not taken, and return the ids that were stored.

    Of two calls at once with the same event, exactly one gets its id back. Call it in a
    transaction; the rows are ordered by event id, so two such calls cannot deadlock.
    """
    ordered = sorted(rows, key=lambda row: row.event.event_id)
    if not ordered:
        return set()
    if connection.vendor == "postgresql":
        return _insert_on_postgresql(ordered, received_at)
    return _insert_on_sqlite(ordered, received_at)


def _insert_on_postgresql(rows: Sequence[EventRow], received_at: datetime) -> set[UUID]:
    columns = [list(column) for column in zip(*(_columns(row) for row in rows), strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(INSERT_ON_POSTGRESQL, [received_at, *columns])
        return {event_id for (event_id,) in cursor.fetchall()}


def _columns(row: EventRow) -> tuple[object, ...]:
    event = row.event
    return (
        event.event_id,
        row.shopper_pk,
        row.product_pk,
        event.kind,
        event.value,
        event.quantity,
        event.price,
        event.recommendation_id,
        event.occurred_at,
    )


def _insert_on_sqlite(rows: Sequence[EventRow], received_at: datetime) -> set[UUID]:
    """SQLite has one writer at a time, so nothing can come between reading and writing."""
    wanted = [row.event.event_id for row in rows]
    taken = set(Event.objects.filter(event_id__in=wanted).values_list("event_id", flat=True))
    new = [row for row in rows if row.event.event_id not in taken]
    Event.objects.bulk_create([_model(row, received_at) for row in new])
    return {row.event.event_id for row in new}


def _model(row: EventRow, received_at: datetime) -> Event:
    event = row.event
    return Event(
        event_id=event.event_id,
        shopper_id=row.shopper_pk,
        product_id=row.product_pk,
        kind=event.kind,
        value=event.value,
        quantity=event.quantity,
        price=event.price,
        recommendation_id=event.recommendation_id,
        occurred_at=event.occurred_at,
        received_at=received_at,
    )
