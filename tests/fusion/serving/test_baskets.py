"""What is bought together."""

from datetime import datetime, timedelta

import pytest
from pytest_django import Settings
from redis import Redis

from catalog.models import Product
from fusion.serving.baskets import BasketCounts, Companion, companions, count_baskets
from tests.factories import NOON, EventFactory, ProductFactory, ShopperFactory
from users.models import Shopper

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(days=2)


def basket(*products: Product, at: datetime = NOON, shopper: Shopper | None = None) -> Shopper:
    shopper = shopper or ShopperFactory.create()
    for product in products:
        EventFactory.create(shopper=shopper, product=product, kind="purchase", occurred_at=at)
    return shopper


def test_support_confidence_lift_and_score(redis_client: Redis) -> None:
    lamp, bulb, mug = ProductFactory.create_batch(3)
    for _ in range(3):
        basket(lamp, bulb)
    basket(lamp)
    basket(bulb)
    basket(mug)

    [found] = companions(lamp.pk, now=LATER)

    # 6 baskets: 4 with lamp, 4 with bulb, 3 with both. Cosine: 3 / sqrt(4 * 4).
    assert found == Companion(bulb.pk, support=3, confidence=0.75, lift=1.12, score=0.75)


def test_met_once_is_chance(redis_client: Redis) -> None:
    lamp, bulb = ProductFactory.create_batch(2)
    basket(lamp, bulb)

    assert companions(lamp.pk, now=LATER) == []


def test_another_day_is_another_basket(redis_client: Redis) -> None:
    lamp, bulb = ProductFactory.create_batch(2)
    for _ in range(3):
        shopper = basket(lamp)
        basket(bulb, at=NOON + timedelta(days=1), shopper=shopper)

    assert companions(lamp.pk, now=LATER) == []
    assert count_baskets(LATER).num_baskets == 6


def test_two_of_a_kind_are_one_in_a_basket(redis_client: Redis) -> None:
    lamp, bulb = ProductFactory.create_batch(2)
    for _ in range(2):
        basket(lamp, lamp, bulb, bulb)

    [found] = companions(lamp.pk, now=LATER)

    assert (found.support, found.confidence) == (2, 1.0)
    assert count_baskets(LATER) == BasketCounts(2, [lamp.pk, bulb.pk], [2, 2])


def test_what_everybody_buys_says_less(redis_client: Redis) -> None:
    lamp, bulb, bag = ProductFactory.create_batch(3)
    for _ in range(3):
        basket(lamp, bulb, bag)
    for _ in range(9):
        basket(bag)

    found = companions(lamp.pk, now=LATER)

    assert [each.product_pk for each in found] == [bulb.pk, bag.pk]
    assert [each.lift for each in found] == [4.0, 1.0]


def test_looking_is_not_buying(redis_client: Redis) -> None:
    lamp, bulb = ProductFactory.create_batch(2)
    for _ in range(2):
        shopper = basket(lamp)
        EventFactory.create(shopper=shopper, product=bulb, kind="cart")

    assert companions(lamp.pk, now=LATER) == []


def test_what_was_found_is_kept_for_some_minutes(redis_client: Redis) -> None:
    lamp, bulb = ProductFactory.create_batch(2)
    for _ in range(2):
        basket(lamp, bulb)
    before = companions(lamp.pk, now=LATER)
    basket(lamp, bulb)

    assert companions(lamp.pk, now=LATER) == before
    redis_client.flushdb()
    assert companions(lamp.pk, now=LATER)[0].support == 3


def test_it_works_without_redis(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    lamp, bulb = ProductFactory.create_batch(2)
    for _ in range(2):
        basket(lamp, bulb)

    assert [each.product_pk for each in companions(lamp.pk, now=LATER)] == [bulb.pk]
