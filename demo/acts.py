"""What a shopper does in the shop, told to the history as any storefront would tell it."""

import uuid
from datetime import datetime

from demo.current_shopper import CurrentShopper
from users.event_data import EventData
from users.models import Event, EventKind
from users.services import record_events

_NAMESPACE = uuid.UUID("4f1d2a52-6d0e-4f0c-9d52-0f7f5d5f2c61")


def record(
    shopper: CurrentShopper,
    product_id: str,
    kind: EventKind,
    *,
    at: datetime,
    recommendation_id: str = "",
) -> None:
    """Record one act.

    Repeating it within the same minute changes nothing: a reloaded page is not a
    second visit, and a double click not a second purchase.
    """
    what = f"{shopper.kind} {shopper.external_id} {product_id} {kind} {at:%Y-%m-%dT%H:%M}"
    event = EventData(
        event_id=uuid.uuid5(_NAMESPACE, what),
        shopper_kind=shopper.kind,
        shopper_id=shopper.external_id,
        product_id=product_id,
        kind=kind,
        occurred_at=at,
        recommendation_id=_as_uuid(recommendation_id),
    )
    record_events([event], received_at=at)


def _as_uuid(text: str) -> uuid.UUID | None:
    """Return the id a link carried, unless somebody tampered with it."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def is_liked(shopper: CurrentShopper, product_pk: int) -> bool:
    """Say whether the last word of this shopper on this product was a like."""
    row = shopper.row()
    if row is None:
        return False
    said = Event.objects.filter(shopper=row, product_id=product_pk)
    said = said.filter(kind__in=[EventKind.LIKE, EventKind.REMOVE]).newest_first()
    return said.values_list("kind", flat=True).first() == EventKind.LIKE
