"""What most shoppers like at the moment."""

from datetime import UTC, datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries, Settings
from redis import Redis
from rest_framework.test import APIClient

from catalog.models import Product
from fusion.serving import popular
from fusion.serving.popular import Popularity, PopularityCache, Window, compute_popularity
from fusion.serving.shared_figure import CACHED_S
from tests.factories import (
    NOON,
    CategoryFactory,
    EventFactory,
    ProductFactory,
    ShopperFactory,
)
from users.models import EventKind

pytestmark = pytest.mark.django_db


def events(product: Product, *kinds: str, age: timedelta = timedelta(hours=1)) -> Product:
    for kind in kinds:
        EventFactory.create(product=product, kind=kind, occurred_at=NOON - age, value=5)
    return product


def test_stronger_acts_count_more() -> None:
    viewed = events(ProductFactory.create(), EventKind.VIEW, EventKind.VIEW)
    bought = events(ProductFactory.create(), EventKind.PURCHASE)

    found = compute_popularity(now=NOON)

    assert found == Popularity([bought.pk, viewed.pk], [1.0, 0.4], [0, 0])


def test_a_shopper_counts_once_for_a_product_by_the_act_that_counts_most() -> None:
    alone, liked = ProductFactory.create(), ProductFactory.create()
    shopper = ShopperFactory.create()
    for days in range(20):
        for kind in (EventKind.VIEW, EventKind.PURCHASE):
            at = NOON - timedelta(days=days, hours=1)
            EventFactory.create(shopper=shopper, product=alone, kind=kind, occurred_at=at)
    events(liked, EventKind.LIKE, EventKind.LIKE)

    found = compute_popularity(now=NOON)

    assert found == Popularity([liked.pk, alone.pk], [1.6, 1.0], [0, 0])


def test_a_call_full_of_purchases_by_one_made_up_visitor_makes_no_product_popular(
    publishable_api: APIClient,
) -> None:
    now = datetime.now(UTC)
    viewed = events(ProductFactory.create(), *[EventKind.VIEW] * 6, age=NOON - now)
    pumped = ProductFactory.create(external_id="pumped")
    bought = {"visitor_id": "nobody", "product_id": "pumped", "kind": "purchase"}
    calls = [{**bought, "event_id": str(number)} for number in range(300)]

    response = publishable_api.post("/api/v1/events", {"events": calls}, format="json")

    assert response.json()["accepted"] == 300
    found = compute_popularity(now=datetime.now(UTC), window=Window.WEEK)
    assert found == Popularity([viewed.pk, pumped.pk], [1.2, 1.0], [0, 0])


def test_newer_acts_count_more() -> None:
    ages = [timedelta(days=20), timedelta(days=3), timedelta(hours=2)]
    products = [events(ProductFactory.create(), EventKind.LIKE, age=age) for age in ages]

    found = compute_popularity(now=NOON)

    assert found.product_pks == [product.pk for product in reversed(products)]
    assert found.scores == [0.8, 0.48, 0.2]


@pytest.mark.parametrize(
    "age", [timedelta(days=40), -timedelta(hours=1)], ids=["too long ago", "not yet"]
)
def test_acts_of_another_time_do_not_count(age: timedelta) -> None:
    recent = events(ProductFactory.create(), EventKind.VIEW)
    events(ProductFactory.create(), EventKind.PURCHASE, age=age)

    assert compute_popularity(now=NOON).product_pks == [recent.pk]


def test_taking_a_product_back_is_no_vote_for_it() -> None:
    events(ProductFactory.create(), EventKind.REMOVE)

    assert compute_popularity(now=NOON).product_pks == []


def test_products_switched_off_are_left_out() -> None:
    events(ProductFactory.create(is_available=False), EventKind.PURCHASE)

    assert compute_popularity(now=NOON).product_pks == []


def test_a_shop_that_paused_for_years_remembers_its_last_month() -> None:
    product = events(ProductFactory.create(), EventKind.VIEW)

    assert compute_popularity(now=NOON + timedelta(days=900)).product_pks == [product.pk]


def test_of_a_busy_shop_only_the_newest_events_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(popular, "NEWEST_EVENTS", 2)
    old = events(ProductFactory.create(), *[EventKind.PURCHASE] * 5, age=timedelta(hours=3))
    new = events(ProductFactory.create(), EventKind.VIEW, EventKind.VIEW, EventKind.VIEW)

    found = compute_popularity(now=NOON)

    assert found.product_pks == [new.pk]
    assert old.pk not in found.product_pks


def test_the_best_of_some_categories() -> None:
    one, two = CategoryFactory.create(), CategoryFactory.create()
    popularity = Popularity([1, 2, 3], [3.0, 2.0, 1.0], [one.pk, two.pk, one.pk])

    assert list(popularity.best({one.pk})) == [(1, 3.0), (3, 1.0)]
    assert list(popularity.best()) == [(1, 3.0), (2, 2.0), (3, 1.0)]


@pytest.mark.parametrize(
    ("window", "num_products"),
    [(Window.HOUR, 1), (Window.DAY, 2), (Window.WEEK, 3), (Window.MONTH, 4)],
)
def test_a_window_ends_with_the_newest_event(window: Window, num_products: int) -> None:
    ages = [timedelta(hours=1), timedelta(hours=20), timedelta(days=6), timedelta(days=29)]
    products = [events(ProductFactory.create(), EventKind.LIKE, age=age) for age in ages]

    found = compute_popularity(now=NOON, window=window)

    assert found.product_pks == [product.pk for product in products[:num_products]]


def test_newer_acts_of_an_hour_count_more() -> None:
    ages = [timedelta(minutes=minutes) for minutes in (0, 1, 10, 50)]
    for age in ages:
        events(ProductFactory.create(), EventKind.PURCHASE, age=age + timedelta(hours=1))

    assert compute_popularity(now=NOON, window=Window.HOUR).scores == [1.0, 1.0, 0.6, 0.25]


def test_a_process_reads_once_a_minute(
    redis_client: Redis, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    seconds = [0.0]
    cache = PopularityCache(clock=lambda: seconds[0])
    events(ProductFactory.create(), EventKind.VIEW)
    first = cache.get(now=NOON)
    redis_client.flushdb()
    product = events(ProductFactory.create(), EventKind.PURCHASE)

    with django_assert_num_queries(0):
        assert cache.get(now=NOON) is first
    seconds[0] = CACHED_S + 1.0
    assert cache.get(now=NOON).product_pks[0] == product.pk


def test_what_one_process_computed_all_others_read(
    redis_client: Redis, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    product = events(ProductFactory.create(), EventKind.VIEW)
    assert PopularityCache().refresh(now=NOON) == list(Window)

    with django_assert_num_queries(0):
        assert PopularityCache().get(now=NOON).product_pks == [product.pk]


def test_without_redis_each_process_computes(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    product = events(ProductFactory.create(), EventKind.VIEW)

    assert PopularityCache().get(now=datetime.now(UTC)).product_pks == [product.pk]
