import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from catalog.values import InvalidRowError
from tests.factories import NOON
from users.event_data import EVENT_FIELDS, ContentIds, EventData, parse_event
from users.serializers import EventSerializer

VIEW = {"user_id": "u1", "product_id": "0042", "kind": "view"}


def parsed(row: dict[str, Any], content_ids: ContentIds | None = None) -> EventData:
    return parse_event(row, now=NOON, content_ids=content_ids or ContentIds())


def public(row: dict[str, Any]) -> EventData:
    return parse_event(row, now=NOON, content_ids=ContentIds(), is_public=True)


def test_a_full_event_is_read() -> None:
    answer, event_id = uuid.uuid4(), uuid.uuid4()

    event = parsed(
        {
            "event_id": str(event_id),
            "visitor_id": "v1",
            "product_id": "0042",
            "kind": "rating",
            "value": "4.5",
            "quantity": "2",
            "price": "0.048441",
            "recommendation_id": str(answer),
            "occurred_at": "2026-05-01T10:00:00+02:00",
        }
    )

    assert event == EventData(
        event_id=event_id,
        shopper_kind="visitor",
        shopper_id="v1",
        product_id="0042",
        kind="rating",
        value=4.5,
        quantity=2,
        price=Decimal("0.048441"),
        recommendation_id=answer,
        occurred_at=datetime(2026, 5, 1, 8, tzinfo=UTC),
    )


def test_an_event_without_a_time_happened_now() -> None:
    assert parsed(VIEW).occurred_at == NOON


def test_a_time_in_the_future_is_taken_as_told_up_to_a_year() -> None:
    in_a_year = NOON + timedelta(days=365)

    assert parsed({**VIEW, "occurred_at": in_a_year.isoformat()}).occurred_at == in_a_year
    with pytest.raises(InvalidRowError) as caught:
        parsed({**VIEW, "occurred_at": (in_a_year + timedelta(seconds=1)).isoformat()})
    assert caught.value.errors == {
        "occurred_at": "More than 365 days in the future: send when it happened."
    }


def test_a_rating_beyond_every_scale_is_refused() -> None:
    assert parsed({**VIEW, "kind": "rating", "value": -1e6}).value == -1e6
    with pytest.raises(InvalidRowError) as caught:
        parsed({**VIEW, "kind": "rating", "value": 1_000_001})
    assert caught.value.errors == {"value": "Send a number from -1,000,000 to 1,000,000."}


def test_who_is_known_as_both_is_the_customer() -> None:
    assert parsed({**VIEW, "visitor_id": "v1"}).shopper_key == ("customer", "u1")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"user_id": ""}, "user_id"),
        ({"user_id": 1.5}, "user_id"),
        ({"product_id": "x" * 129}, "product_id"),
        ({"product_id": None}, "product_id"),
        ({"kind": "buy"}, "kind"),
        ({"kind": ["view"]}, "kind"),
        ({"kind": ""}, "kind"),
        ({"kind": "rating"}, "value"),
        ({"value": "NaN"}, "value"),
        ({"quantity": 0}, "quantity"),
        ({"price": -1}, "price"),
        ({"occurred_at": "soon"}, "occurred_at"),
        ({"recommendation_id": "r1"}, "recommendation_id"),
        ({"event_id": "x" * 129}, "event_id"),
        ({"occured_at": "2026-01-01"}, "occured_at"),
    ],
)
def test_a_bad_event_names_the_field_at_fault(change: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRowError) as caught:
        parsed(VIEW | change)

    assert list(caught.value.errors) == [field]


def test_a_client_id_that_is_no_uuid_is_always_the_same_uuid() -> None:
    event = parsed({**VIEW, "event_id": "order-1"})

    assert event.event_id == uuid.UUID("2fd234b2-966b-5cd8-b262-7fd59f6fd6d1")


SENT_IDS = ["order-1", "6fa459ea-ee8a-5ca4-894e-db77e160355e"]


@pytest.mark.parametrize("sent_id", SENT_IDS)
def test_an_id_from_a_web_page_is_never_one_of_the_shops_servers(sent_id: str) -> None:
    row = {**VIEW, "event_id": sent_id}

    assert public(row).event_id == public(row).event_id
    assert public(row).event_id != parsed(row).event_id
    assert public({**row, "user_id": "u2"}).event_id != public(row).event_id
    assert public({**row, "user_id": "", "visitor_id": "u1"}).event_id != public(row).event_id


def test_events_that_say_the_same_get_the_same_ids_in_every_reading() -> None:
    rows = [VIEW, {**VIEW, "kind": "cart"}, VIEW, VIEW]

    def reading() -> list[uuid.UUID]:
        content_ids = ContentIds()
        return [parsed(row, content_ids).event_id for row in rows]

    assert reading() == reading()
    assert len(set(reading())) == 4


@pytest.mark.parametrize(
    "change",
    [
        {"user_id": "u2"},
        {"user_id": "", "visitor_id": "u1"},
        {"product_id": "0043"},
        {"kind": "cart"},
        {"occurred_at": "2026-01-01"},
        {"value": 4},
        {"quantity": 2},
        {"price": 4},
        {"recommendation_id": "6fa459ea-ee8a-5ca4-894e-db77e160355e"},
    ],
)
def test_events_that_say_something_else_are_others(change: dict[str, Any]) -> None:
    assert parsed(VIEW | change).event_id != parsed(VIEW).event_id


def test_the_description_of_the_api_names_the_fields_that_are_checked() -> None:
    assert EventSerializer().fields.keys() == EVENT_FIELDS
