"""What came of one answer, as the figures of its day count it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from catalog.models import Product
from fusion.attribution.figures import compute_attribution
from fusion.attribution.one_answer import outcome_of
from fusion.models import AttributionDay, ServedList
from tests.admin_shop import make_served_list
from tests.factories import NOON, EventFactory, ProductFactory, ShopperFactory
from users.models import EventKind, Shopper

pytestmark = pytest.mark.django_db


def minutes(number: int) -> datetime:
    return NOON + timedelta(minutes=number)


@pytest.fixture
def ada() -> Shopper:
    return ShopperFactory.create()


@pytest.fixture
def lamp() -> Product:
    return ProductFactory.create(price=Decimal("20"))


def act(shopper: Shopper, product: Product, kind: str, at: int, **values: Any) -> None:
    EventFactory.create(
        shopper=shopper, product=product, kind=kind, occurred_at=minutes(at), **values
    )


def test_a_click_and_the_purchase_it_led_to_count(ada: Shopper, lamp: Product) -> None:
    served = make_served_list(lamp, ada)
    act(ada, lamp, EventKind.VIEW, 1, recommendation_id=served.pk)
    act(ada, lamp, EventKind.PURCHASE, 5, quantity=2)

    outcome = outcome_of(served)

    assert outcome.clicked_pks == {lamp.pk}
    assert (outcome.num_purchases, outcome.revenue) == (1, Decimal(40))


def test_a_later_answer_takes_the_purchase(ada: Shopper, lamp: Product) -> None:
    first = make_served_list(lamp, ada)
    second = make_served_list(lamp, ada, created_at=minutes(2))
    act(ada, lamp, EventKind.VIEW, 1, recommendation_id=first.pk)
    act(ada, lamp, EventKind.VIEW, 3, recommendation_id=second.pk)
    act(ada, lamp, EventKind.PURCHASE, 5)

    assert outcome_of(first).num_purchases == 0
    assert outcome_of(first).clicked_pks == {lamp.pk}
    assert outcome_of(second).num_purchases == 1


def test_somebody_elses_purchase_and_another_product_do_not_count(
    ada: Shopper, lamp: Product
) -> None:
    served = make_served_list(lamp, ada)
    act(ada, lamp, EventKind.VIEW, 1, recommendation_id=served.pk)
    act(ShopperFactory.create(), lamp, EventKind.PURCHASE, 2)
    act(ada, ProductFactory.create(), EventKind.PURCHASE, 3)

    assert outcome_of(served).num_purchases == 0


def test_an_answer_nobody_named_came_to_nothing(ada: Shopper, lamp: Product) -> None:
    served = make_served_list(lamp, ada)
    act(ada, lamp, EventKind.PURCHASE, 1)

    outcome = outcome_of(served)

    assert (outcome.clicked_pks, outcome.num_purchases) == (set(), 0)


def test_the_outcomes_of_all_answers_add_up_to_the_day(ada: Shopper, lamp: Product) -> None:
    for at in (0, 2, 4):
        served = make_served_list(lamp, ada, created_at=minutes(at))
        act(ada, lamp, EventKind.VIEW, at + 1, recommendation_id=served.pk)
        act(ada, lamp, EventKind.PURCHASE, at + 1)
    compute_attribution(now=minutes(60))

    outcomes = [outcome_of(each) for each in ServedList.objects.all()]

    day = AttributionDay.objects.get()
    assert sum(each.num_purchases for each in outcomes) == day.num_purchases == 3
    assert sum(each.revenue for each in outcomes) == day.revenue == Decimal(60)
