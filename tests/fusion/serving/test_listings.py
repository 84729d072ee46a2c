"""Answers that need no model."""

from datetime import timedelta

import pytest
from redis import Redis

from catalog.models import Product
from fusion.models import Rule, ServedList
from fusion.serving import served_lists
from fusion.serving.filters import ProductFilter
from fusion.serving.listings import bought_together, recently_viewed_products, trending_products
from fusion.serving.model_server import ModelServer
from fusion.serving.popular import Window
from fusion.serving.results import Fallback, Reason, Recommendation, Step
from tests.factories import NOON, CategoryFactory, EventFactory, ProductFactory, ShopperFactory
from tests.fusion.served_shop import Shop
from users.models import Shopper, ShopperKind

LATER = NOON + timedelta(days=2)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("redis_client")]


def ids(answer: Recommendation) -> list[str]:
    return [result.product_id for result in answer.results]


def sources(answer: Recommendation) -> list[Step]:
    return [result.source for result in answer.results]


def basket(*products: Product) -> None:
    shopper = ShopperFactory.create()
    for product in products:
        EventFactory.create(shopper=shopper, product=product, kind="purchase")


def viewed(shopper: Shopper, *products: Product) -> None:
    for minute, product in enumerate(products):
        EventFactory.create(
            shopper=shopper, product=product, occurred_at=NOON + timedelta(minutes=minute)
        )


def test_what_trends_in_a_window_comes_first_and_the_rest_fills_up() -> None:
    old, new, untouched = ProductFactory.create_batch(3)
    for _ in range(9):
        EventFactory.create(product=old, kind="purchase", occurred_at=NOON - timedelta(days=5))
    EventFactory.create(product=new)

    answer = trending_products(window=Window.DAY, limit=3, now=LATER)

    assert ids(answer) == [new.external_id, old.external_id, untouched.external_id]
    assert sources(answer) == [Step.TRENDING, Step.POPULAR, Step.NEWEST]
    assert answer.fallback == Fallback(Step.TRENDING, Reason.NOT_ASKED)
    assert trending_products(window=Window.WEEK, limit=1, now=LATER).results[0].product_id == (
        old.external_id
    )


def test_what_trends_in_a_category() -> None:
    lamps = CategoryFactory.create(path="Home > Lamps", name="Lamps")
    lamp = ProductFactory.create(category=lamps)
    other = ProductFactory.create(category=lamps)
    EventFactory.create(product=lamp)
    EventFactory.create(kind="purchase")

    answer = trending_products(only=ProductFilter(category="Home"), limit=9, now=LATER)
    nowhere = trending_products(only=ProductFilter(category="Attic"), limit=9, now=LATER)

    assert ids(answer) == [lamp.external_id, other.external_id]
    assert ids(nowhere) == []
    assert nowhere.fallback == Fallback(Step.NONE, Reason.UNKNOWN_CATEGORY)


def test_bought_together_says_how_often() -> None:
    lamp, bulb, mug = ProductFactory.create_batch(3)
    for _ in range(2):
        basket(lamp, bulb)
    basket(mug)

    answer = bought_together(lamp.external_id, limit=1, now=LATER)

    [result] = answer.results
    assert (result.product_id, result.source) == (bulb.external_id, Step.BOUGHT_TOGETHER)
    assert result.contributions == {"bought_together": 1.0}
    assert result.reasons == (
        {"code": "bought_together", "support": 2, "confidence": 1.0, "lift": 1.5},
    )
    assert answer.fallback == Fallback(Step.BOUGHT_TOGETHER, Reason.NOT_ASKED)


def test_what_nobody_bought_together_is_filled_up_with_popular_products() -> None:
    lamp, mug = ProductFactory.create_batch(2)
    basket(mug)

    answer = bought_together(lamp.external_id, now=LATER)

    assert ids(answer) == [mug.external_id]
    assert answer.fallback == Fallback(Step.POPULAR, Reason.NO_WORKER)


def test_a_product_nobody_knows_is_bought_with_what_is_popular() -> None:
    mug = EventFactory.create().product

    answer = bought_together("never seen", now=LATER)

    assert ids(answer) == [mug.external_id]
    assert answer.fallback == Fallback(Step.POPULAR, Reason.UNKNOWN_PRODUCT)


@pytest.mark.django_db(transaction=True)
def test_the_model_fills_up_what_is_bought_together(shop: Shop, server: ModelServer) -> None:
    first, second, *_ = shop.even
    for _ in range(2):
        basket(first, second)

    answer = bought_together(first.external_id, limit=4, now=LATER)

    assert sources(answer) == [Step.BOUGHT_TOGETHER, *[Step.MODEL] * 3]
    assert ids(answer)[0] == second.external_id
    assert {int(each[1:]) % 2 for each in ids(answer)} == {0}
    assert answer.fallback == Fallback(Step.BOUGHT_TOGETHER, Reason.NOT_ASKED)


def test_what_was_viewed_last_comes_first_and_once() -> None:
    shopper = ShopperFactory.create(external_id="ada")
    lamp, bulb, mug = ProductFactory.create_batch(3)
    viewed(shopper, lamp, bulb, lamp)
    EventFactory.create(shopper=shopper, product=mug, kind="cart")

    answer = recently_viewed_products(user_id="ada", now=LATER)

    assert ids(answer) == [lamp.external_id, bulb.external_id]
    assert sources(answer) == [Step.RECENTLY_VIEWED] * 2
    assert answer.fallback == Fallback(Step.RECENTLY_VIEWED, Reason.NOT_ASKED)


def test_nothing_fills_up_what_was_viewed() -> None:
    EventFactory.create(product=ProductFactory.create())

    answer = recently_viewed_products(visitor_id="never seen", now=LATER)

    assert (answer.results, answer.fallback) == ((), Fallback(Step.NONE, Reason.NO_HISTORY))


def test_a_merged_visitor_sees_what_the_customer_viewed() -> None:
    customer = ShopperFactory.create()
    ShopperFactory.create(kind=ShopperKind.VISITOR, external_id="v1", merged_into=customer)
    lamp = ProductFactory.create()
    viewed(customer, lamp)

    assert ids(recently_viewed_products(visitor_id="v1", now=LATER)) == [lamp.external_id]


def test_what_is_switched_off_or_hidden_was_never_viewed() -> None:
    shopper = ShopperFactory.create(external_id="ada")
    off, hidden, pinned = ProductFactory.create_batch(3)
    viewed(shopper, off, hidden)
    Product.objects.filter(pk=off.pk).update(is_available=False)
    Rule.objects.create(name="h", action="hide", product_ids=[hidden.external_id])
    Rule.objects.create(name="p", action="pin", product_ids=[pinned.external_id], place=1)

    assert ids(recently_viewed_products(user_id="ada", now=LATER)) == []


def test_each_answer_is_kept_as_shown(redis_client: Redis) -> None:
    lamp = EventFactory.create().product

    answer = trending_products(window=Window.HOUR, now=LATER)
    served_lists.store_pending()

    kept = ServedList.objects.get(pk=answer.recommendation_id)
    assert (kept.scenario, kept.question["window"]) == ("trending", "1h")
    assert [result["product_id"] for result in kept.results] == [lamp.external_id]
