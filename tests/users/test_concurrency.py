"""Callers at the same moment, on a real PostgreSQL."""

import threading
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection

from catalog.models import Product
from catalog.product_data import ProductData
from catalog.services import upsert_products
from tests.factories import NOON
from users.event_data import EventData
from users.models import Event, Shopper, ShopperKind
from users.privacy import erase_shopper
from users.services import merge_visitor, record_events

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Run the calls in threads that start together; return their results, or raise."""
    barrier = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(index: int, call: Callable[[], Any]) -> None:
        try:
            barrier.wait()
            results[index] = call()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for result in results:
        if isinstance(result, Exception):
            raise result
    return results


def events(count: int, *, kind: ShopperKind = ShopperKind.CUSTOMER) -> list[EventData]:
    return [
        EventData(f"s{number % 5}", f"p{number % 7}", "view", NOON, kind, event_id=uuid.uuid4())
        for number in range(count)
    ]


def test_an_event_sent_by_many_at_once_is_accepted_once() -> None:
    sent = events(50)

    def send(order: int) -> Callable[[], list[str]]:
        turned = sent[order:] + sent[:order]
        return lambda: [v.status for v in record_events(turned, received_at=NOON)]

    answers = at_once(*(send(order) for order in (0, 10, 20, 30)))

    told = [status for answer in answers for status in answer]
    assert (told.count("quarantined"), told.count("duplicate")) == (50, 150)
    assert Event.objects.count() == 50


def test_events_and_their_products_may_come_at_once() -> None:
    for turn in range(5):
        sent = [EventData(f"s{turn}", f"{turn}-{n}", "view", NOON) for n in range(40)]
        rows = [ProductData(f"{turn}-{n}", title="Lamp") for n in reversed(range(40))]
        at_once(
            partial(record_events, sent, received_at=NOON),
            partial(upsert_products, rows),
            partial(upsert_products, rows[::-1]),
        )

    assert Event.objects.count() == 200
    assert Product.objects.filter(title="Lamp", is_available=True).count() == 200


def test_an_event_at_the_moment_of_the_merge_reaches_the_customer() -> None:
    for turn in range(10):
        visit = EventData(f"v{turn}", "p", "view", NOON, ShopperKind.VISITOR)
        record_events([visit], received_at=NOON)
        late = [EventData(f"v{turn}", "p", "view", NOON, ShopperKind.VISITOR) for _ in range(5)]
        at_once(
            partial(merge_visitor, visitor_id=f"v{turn}", user_id=f"u{turn}"),
            partial(record_events, late, received_at=NOON),
        )

    owners = Event.objects.values_list("shopper__kind", flat=True)
    assert list(owners) == ["customer"] * 60


def test_an_event_at_the_moment_of_an_erasure_is_never_an_error() -> None:
    for _ in range(10):
        record_events(events(5), received_at=NOON)
        shopper = Shopper.objects.get(external_id="s1")
        at_once(
            partial(erase_shopper, shopper, receipt_id=uuid.uuid4(), erased_at=NOON),
            partial(record_events, events(5), received_at=NOON),
        )

    assert Shopper.objects.exclude(external_id="s1").count() == 4
    assert Event.objects.exclude(shopper__external_id="s1").count() == 10 * 2 * 4
