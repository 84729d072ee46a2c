import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from catalog.models import Product
from catalog.product_data import ProductData
from catalog.services import upsert_products
from tests.factories import NOON, EventFactory, ProductFactory, ShopperFactory
from users.event_data import EventData, EventVerdict
from users.history import recent_history
from users.models import Event, Shopper, ShopperKind
from users.privacy import erase_shopper
from users.services import (
    VisitorAlreadyMerged,
    foresee_events,
    merge_visitor,
    receive_events,
    record_events,
)

pytestmark = pytest.mark.django_db
VIEW = EventData("u1", "0042", "view", NOON, event_id=uuid.UUID(int=1))


def statuses(*events: EventData) -> list[str]:
    return [verdict.status for verdict in record_events(events, received_at=NOON)]


@pytest.fixture
def lamp(db: None) -> Product:
    return ProductFactory.create(external_id="0042")


def test_an_event_is_stored_with_its_shopper(lamp: Product) -> None:
    assert statuses(VIEW) == ["accepted"]

    event = Event.objects.get()
    assert (event.event_id, event.product, event.kind) == (VIEW.event_id, lamp, "view")
    assert (event.shopper.kind, event.shopper.external_id) == ("customer", "u1")
    assert (event.occurred_at, event.received_at, event.quantity) == (NOON, NOON, 1)


def test_a_retry_of_the_same_event_changes_nothing(lamp: Product) -> None:
    record_events([VIEW], received_at=NOON)
    before = Event.objects.values().get()

    assert statuses(VIEW, replace(VIEW, price=Decimal(2))) == ["duplicate", "duplicate"]
    assert Event.objects.values().get() == before


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "cart"},
        {"product_id": "other"},
        {"shopper_id": "u2"},
        {"shopper_kind": ShopperKind.VISITOR},
    ],
)
def test_another_event_with_the_id_of_a_kept_one_is_rejected_and_not_lost_in_silence(
    lamp: Product, change: dict[str, Any]
) -> None:
    record_events([VIEW], received_at=NOON)
    before = Event.objects.values().get()
    other = EventVerdict(str(VIEW.event_id), "rejected", "This event_id names another event.")

    assert foresee_events([replace(VIEW, **change)]) == [other]
    assert record_events([replace(VIEW, **change)], received_at=NOON) == [other]
    assert Event.objects.values().get() == before


def test_a_retry_after_the_merge_is_a_duplicate(lamp: Product) -> None:
    visit = replace(VIEW, shopper_id="v1", shopper_kind=ShopperKind.VISITOR)
    record_events([visit], received_at=NOON)
    merge_visitor(visitor_id="v1", user_id="u1")

    assert statuses(visit, replace(visit, shopper_id="u1", shopper_kind="customer")) == [
        "duplicate",
        "duplicate",
    ]
    assert foresee_events([visit])[0].status == "duplicate"


def test_of_two_events_with_one_id_in_a_call_the_first_is_kept(lamp: Product) -> None:
    told = statuses(VIEW, VIEW, replace(VIEW, kind="cart"))

    assert told == ["accepted", "duplicate", "rejected"]
    assert Event.objects.get().kind == "view"


def test_an_event_of_an_unknown_product_waits_for_it() -> None:
    assert statuses(VIEW) == ["quarantined"]
    assert list(Event.objects.quarantined()) == [Event.objects.get()]

    upsert_products([ProductData("0042", title="Lamp")])

    assert not Event.objects.quarantined().exists()
    assert Event.objects.get().product.title == "Lamp"


def test_no_events_ask_nothing(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert record_events([], received_at=NOON) == []


def test_the_number_of_queries_does_not_grow_with_the_events(
    lamp: Product, django_assert_max_num_queries: Any
) -> None:
    events = [EventData(f"u{number}", f"{number % 7}", "view", NOON) for number in range(200)]
    with django_assert_max_num_queries(13):
        record_events(events, received_at=NOON)


def test_what_would_happen_is_told_and_not_done(lamp: Product) -> None:
    record_events([VIEW], received_at=NOON)
    new, unknown = replace(VIEW, event_id=uuid.uuid4()), EventData("u9", "unknown", "view", NOON)

    verdicts = foresee_events([VIEW, new, new, unknown])

    told = [verdict.status for verdict in verdicts]
    assert told == ["duplicate", "accepted", "duplicate", "quarantined"]
    assert (Event.objects.count(), Shopper.objects.count(), Product.objects.count()) == (1, 1, 1)


def test_bad_events_are_judged_where_they_stand(lamp: Product) -> None:
    good = {"user_id": "u1", "product_id": "0042", "kind": "view", "event_id": "e1"}

    verdicts = receive_events([good, {**good, "kind": "x"}, None, good], received_at=NOON)

    assert [verdict.status for verdict in verdicts] == [
        "accepted",
        "rejected",
        "rejected",
        "duplicate",
    ]
    assert [verdict.event_id for verdict in verdicts] == ["e1", "e1", "", "e1"]
    assert verdicts[2] == EventVerdict("", "rejected", "Send an object, not null.")


def test_an_event_of_the_future_is_kept_and_not_known_yet(lamp: Product) -> None:
    assert statuses(replace(VIEW, occurred_at=NOON + timedelta(days=1))) == ["accepted"]

    shopper = Shopper.objects.get()
    assert recent_history(shopper.pk, before=NOON) == ()
    assert len(recent_history(shopper.pk, before=NOON + timedelta(days=2))) == 1


def test_a_visitor_and_a_customer_of_one_id_are_two(lamp: Product) -> None:
    record_events([VIEW, EventData("u1", "0042", "view", NOON, "visitor")], received_at=NOON)

    assert Shopper.objects.count() == 2


def test_a_merged_visitors_history_is_the_customers(lamp: Product) -> None:
    visit = EventData("v1", "0042", "view", NOON, ShopperKind.VISITOR)
    record_events([visit], received_at=NOON)

    merge = merge_visitor(visitor_id="v1", user_id="u1")
    record_events([replace(visit, event_id=uuid.uuid4())], received_at=NOON)

    assert merge.num_events_moved == 1
    owners = Event.objects.values_list("shopper__kind", "shopper__external_id")
    assert list(owners) == [("customer", "u1")] * 2


def test_merging_again_changes_nothing(lamp: Product) -> None:
    record_events([EventData("v1", "0042", "view", NOON, "visitor")], received_at=NOON)
    merge_visitor(visitor_id="v1", user_id="u1")
    before = list(Event.objects.values()), list(Shopper.objects.order_by("pk").values())

    assert merge_visitor(visitor_id="v1", user_id="u1").num_events_moved == 0
    assert (list(Event.objects.values()), list(Shopper.objects.order_by("pk").values())) == before


def test_a_visitor_is_merged_into_one_customer_only(lamp: Product) -> None:
    visit = EventData("v1", "0042", "view", NOON, ShopperKind.VISITOR)
    record_events([visit], received_at=NOON)
    merge_visitor(visitor_id="v1", user_id="ada")

    with pytest.raises(VisitorAlreadyMerged, match="'v1' was merged into another customer"):
        merge_visitor(visitor_id="v1", user_id="bob")

    assert Event.objects.get().shopper.external_id == "ada"
    assert not Shopper.objects.filter(external_id="bob").exists()


def test_erasing_leaves_nothing_of_the_shopper_and_all_of_the_others(lamp: Product) -> None:
    other = EventFactory.create(product=lamp)
    record_events([VIEW, replace(VIEW, event_id=uuid.uuid4())], received_at=NOON)
    merge_visitor(visitor_id="v1", user_id="u1")
    shopper = Shopper.objects.get(external_id="u1")

    receipt = erase_shopper(shopper, receipt_id=uuid.UUID(int=7), erased_at=NOON)

    assert (receipt.receipt_id, receipt.erased_at) == (uuid.UUID(int=7), NOON)
    assert (receipt.num_events, receipt.num_visitors, receipt.num_rows) == (2, 1, 4)
    assert list(Event.objects.all()) == [other]
    assert list(Shopper.objects.all()) == [other.shopper]


def test_an_erased_shopper_starts_afresh(lamp: Product) -> None:
    record_events([VIEW], received_at=NOON)
    erase_shopper(Shopper.objects.get(), receipt_id=uuid.uuid4(), erased_at=NOON)

    assert statuses(VIEW) == ["accepted"]


def test_erasing_one_of_many_shoppers_counts_only_that_one() -> None:
    shopper, _ = ShopperFactory.create_batch(2)

    receipt = erase_shopper(shopper, receipt_id=uuid.uuid4(), erased_at=NOON)

    assert (receipt.num_events, receipt.num_visitors, receipt.num_rows) == (0, 0, 1)


EVENTS = st.lists(
    st.builds(
        EventData,
        shopper_id=st.sampled_from(["a", "b"]),
        shopper_kind=st.sampled_from(["customer", "visitor"]),
        product_id=st.sampled_from(["0042", "new"]),
        kind=st.sampled_from(["view", "purchase"]),
        occurred_at=st.sampled_from([NOON, NOON + timedelta(hours=1)]),
        event_id=st.uuids(version=4),
    ),
    max_size=6,
    unique_by=lambda event: event.event_id,
)


def history() -> set[tuple[Any, ...]]:
    columns = ("event_id", "shopper__kind", "shopper__external_id", "product__external_id")
    return set(Event.objects.values_list(*columns, "kind", "occurred_at"))


def cleared() -> None:
    Event.objects.all().delete()
    Shopper.objects.all().delete()
    Product.objects.all().delete()


@hypothesis_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(events=EVENTS, data=st.data())
def test_in_whatever_order_and_how_often_events_come_the_history_is_the_same(
    events: Sequence[EventData], data: st.DataObject
) -> None:
    cleared()
    record_events(events, received_at=NOON)
    once = history()
    cleared()

    shuffled = data.draw(st.permutations([*events, *events]))
    cut = data.draw(st.integers(0, len(shuffled)))
    verdicts = [
        verdict.status
        for call in (shuffled[:cut], shuffled[cut:], list(events))
        for verdict in record_events(call, received_at=NOON)
    ]

    assert history() == once
    assert verdicts.count("duplicate") == 2 * len(events)
