"""One event as a client or a file tells it, checked: the same for REST and for files."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from catalog import values
from users.models import EventKind, ShopperKind

EVENT_FIELDS = frozenset(
    {
        "event_id",
        "user_id",
        "visitor_id",
        "product_id",
        "kind",
        "occurred_at",
        "value",
        "quantity",
        "price",
        "recommendation_id",
    }
)
UNKNOWN_FIELD = values.UnknownField(
    f"Unknown field; an event has {', '.join(sorted(EVENT_FIELDS))}."
)
# Names the ids made from clients' strings and from events' contents. Never change it: the
# same event must get the same id for ever.
EVENT_ID_NAMESPACE = uuid.UUID("6f1a5a3e-7d0c-5b8e-9f0b-2f6f0c8f4c11")
# Names the ids that come with publishable keys: whoever reads a page of the shop can choose
# them, and must not take an id that the shop's own servers use later.
PUBLIC_EVENT_ID_NAMESPACE = uuid.UUID("0b7c8f3d-52a9-5d14-8a37-94e6c1d2b05e")
# A clock that runs ahead is trusted, one in another year is broken: such an event would come
# into every history and count as the newest when its day is there.
MAX_AHEAD = timedelta(days=365)
MAX_VALUE = 10**6
KINDS: tuple[str, ...] = tuple(EventKind.values)
SEPARATOR = "\x1f"  # between parts that are printable, so no part can hold it
EventStatus = Literal["accepted", "duplicate", "quarantined", "rejected"]
ShopperKey = tuple[str, str]  # kind, external id


@dataclass(frozen=True, slots=True)
class EventData:
    """One thing a shopper did to a product, by the shop's own ids."""

    shopper_id: str
    product_id: str
    kind: str
    occurred_at: datetime
    shopper_kind: str = ShopperKind.CUSTOMER
    value: float | None = None
    quantity: int = 1
    price: Decimal | None = None
    recommendation_id: uuid.UUID | None = None
    event_id: uuid.UUID = field(default_factory=uuid.uuid4)

    @property
    def shopper_key(self) -> ShopperKey:
        """What names the shopper."""
        return self.shopper_kind, self.shopper_id


@dataclass(frozen=True, slots=True)
class EventVerdict:
    """What became of one event, and why, where it was rejected."""

    event_id: str
    status: EventStatus
    reason: str = ""


def repeatable_id(idempotency_key: str, index: int) -> str:
    """Return the id of a call's event that brings none, the same whenever the call is repeated."""
    return str(uuid.uuid5(EVENT_ID_NAMESPACE, SEPARATOR.join((idempotency_key, str(index)))))


class ContentIds:
    """Ids for events that bring none, from what they say.

    The same file or call read again gives the same ids, so nothing is stored twice. Of
    events that say exactly the same, the first, second, ... get ids of their own.
    """

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._repetitions: dict[int, int] = {}  # only of what came more than once

    def next(self, *parts: str) -> uuid.UUID:
        """Return the id of the next event that says this."""
        first = uuid.uuid5(EVENT_ID_NAMESPACE, SEPARATOR.join(parts))
        key = first.int >> 64  # half of it tells events apart and takes half the memory
        if key not in self._seen:
            self._seen.add(key)
            return first
        self._repetitions[key] = self._repetitions.get(key, 0) + 1
        return uuid.uuid5(first, str(self._repetitions[key]))


def parse_event(
    row: Mapping[str, Any], *, now: datetime, content_ids: ContentIds, is_public: bool = False
) -> EventData:
    """Check one event; without a time it happened now, and `is_public` with a publishable key.

    Raises:
        InvalidRowError: with a message for each field at fault.
    """
    fields = values.Fields(row)
    for name in row.keys() - EVENT_FIELDS:
        fields.errors[str(name)] = UNKNOWN_FIELD
    fields.require("product_id", "send the shop's own id of the product.")
    fields.require("kind", f"send one of {', '.join(KINDS)}.")
    kind = fields.read("kind", _kind, "")
    if kind == EventKind.RATING:
        fields.require("value", "a rating needs its value.")
    shopper_kind, shopper_id = _shopper(fields)
    product_id = fields.read("product_id", values.identifier, "")
    occurred_at = fields.read("occurred_at", _not_long_after(now), now)
    value = fields.read("value", _value, None)
    quantity = fields.read("quantity", values.whole_number, 1)
    price = fields.read("price", lambda sent: values.money(sent)[0], None)
    recommendation_id = fields.read("recommendation_id", _uuid, None)
    sent_id = fields.read("event_id", values.identifier, "")
    fields.finish()
    if sent_id and is_public:
        event_id = _public_event_id(shopper_kind, shopper_id, sent_id)
    elif sent_id:
        event_id = _client_event_id(sent_id)
    else:
        said = (shopper_kind, shopper_id, product_id, kind, occurred_at.isoformat())
        details = (value, quantity, price, recommendation_id)
        event_id = content_ids.next(*said, *map(str, details))
    return EventData(
        shopper_id=shopper_id,
        product_id=product_id,
        kind=kind,
        occurred_at=occurred_at,
        shopper_kind=shopper_kind,
        value=value,
        quantity=quantity,
        price=price,
        recommendation_id=recommendation_id,
        event_id=event_id,
    )


def _shopper(fields: values.Fields) -> ShopperKey:
    user_id = fields.read("user_id", values.identifier, "")
    visitor_id = fields.read("visitor_id", values.identifier, "")
    if not (user_id or visitor_id or {"user_id", "visitor_id"} & fields.errors.keys()):
        message = "Missing: send user_id, or visitor_id before the log-in."
        fields.errors["user_id"] = values.Missing(message)
    # A client that knows both means the customer; the visitor is merged by its own call.
    return (ShopperKind.CUSTOMER, user_id) if user_id else (ShopperKind.VISITOR, visitor_id)


def _kind(value: Any) -> str:
    if value not in KINDS:
        raise ValueError(f"{str(value)[:40]!r} is not one of {', '.join(KINDS)}.")
    return str(value)


def _not_long_after(now: datetime) -> Callable[[Any], datetime]:
    def parse(value: Any) -> datetime:
        occurred_at = values.moment(value)
        if occurred_at - now > MAX_AHEAD:
            message = f"More than {MAX_AHEAD.days} days in the future: send when it happened."
            raise ValueError(message)
        return occurred_at

    return parse


def _value(value: Any) -> float:
    number = values.number(value)
    if abs(number) > MAX_VALUE:
        raise ValueError(f"Send a number from -{MAX_VALUE:,} to {MAX_VALUE:,}.")
    return number


def _client_event_id(sent_id: str) -> uuid.UUID:
    """Return a client's id of an event as a UUID: its own, or one made from its string."""
    try:
        return uuid.UUID(sent_id)
    except ValueError:
        return uuid.uuid5(EVENT_ID_NAMESPACE, sent_id)


def _public_event_id(*parts: str) -> uuid.UUID:
    """Return the id of a shopper's event from a web page, also where the page sends a UUID."""
    return uuid.uuid5(PUBLIC_EVENT_ID_NAMESPACE, SEPARATOR.join(parts))


def _uuid(value: Any) -> uuid.UUID:
    try:
        return uuid.UUID(values.text(value))
    except ValueError:
        raise ValueError("Not an id of an answer: send its recommendation_id as it came.") from None
