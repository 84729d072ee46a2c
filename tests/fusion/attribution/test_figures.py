"""The figures of each day."""

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from threading import Thread

import pytest
from django.db import connection
from pytest_django import Settings

from catalog.models import Product
from fusion import tasks
from fusion.attribution.figures import compute_attribution
from fusion.models import AttributionDay, ModelVersion, ServedList, TrainingRun
from tests.factories import NOON, EventFactory, ProductFactory, ShopperFactory
from users.models import EventKind

pytestmark = pytest.mark.django_db
TODAY = date(2026, 6, 1)
HOUR = timedelta(hours=1)


def served(
    *products: Product,
    at: datetime = NOON,
    scenario: str = "home",
    version: ModelVersion | None = None,
) -> ServedList:
    return ServedList.objects.create(
        recommendation_id=uuid.uuid4(),
        scenario=scenario,
        model_version=version,
        fallback_level="model",
        results=[{"product_id": product.external_id} for product in products],
        took_ms=1.0,
        created_at=at,
    )


def figures() -> list[tuple[object, ...]]:
    names = (
        "day", "scenario", "num_answers", "num_shown", "num_clicked_answers", "num_clicks",
        "num_purchases", "revenue",
    )  # fmt: skip
    return list(AttributionDay.objects.order_by("day", "scenario", "pk").values_list(*names))


def test_a_day_has_its_answers_clicks_purchases_and_revenue() -> None:
    lamp, mug = ProductFactory.create(), ProductFactory.create()
    shopper = ShopperFactory.create()
    answer = served(lamp, mug)
    served(lamp)
    for kind, hours in ((EventKind.VIEW, 1), (EventKind.CART, 2)):
        EventFactory.create(
            shopper=shopper,
            product=lamp,
            kind=kind,
            recommendation_id=answer.pk,
            occurred_at=NOON + HOUR * hours,
        )
    EventFactory.create(
        shopper=shopper, product=lamp, kind="purchase", price="9.50", quantity=2,
        occurred_at=NOON + 3 * HOUR,
    )  # fmt: skip

    assert compute_attribution(now=NOON + 4 * HOUR) == 1

    assert figures() == [(TODAY, "home", 2, 3, 1, 1, 1, Decimal("19.00"))]


def test_scenarios_days_and_versions_are_told_apart() -> None:
    run = TrainingRun.objects.create(status=TrainingRun.Status.SUCCEEDED)
    version = ModelVersion.objects.create(run=run, artifact="a", cutoff=NOON)
    product = ProductFactory.create()
    served(product, version=version)
    served(product)
    served(product, scenario="cart")
    served(product, at=NOON - timedelta(days=1))

    compute_attribution(now=NOON)

    assert [row[:3] for row in figures()] == [
        (TODAY - timedelta(days=1), "home", 1),
        (TODAY, "cart", 1),
        (TODAY, "home", 1),
        (TODAY, "home", 1),
    ]
    assert AttributionDay.objects.filter(model_version=version).count() == 1


def test_computing_again_changes_nothing() -> None:
    product = ProductFactory.create()
    answer = served(product)
    EventFactory.create(product=product, kind="purchase", price=3, recommendation_id=answer.pk)

    first = compute_attribution(now=NOON + HOUR), figures()

    assert (compute_attribution(now=NOON + HOUR), figures()) == first
    assert first[1] == [(TODAY, "home", 1, 1, 1, 1, 1, Decimal(3))]


def test_a_purchase_without_a_price_counts_at_the_products_price() -> None:
    product = ProductFactory.create(price="12.00")
    answer = served(product)
    EventFactory.create(product=product, kind="purchase", recommendation_id=answer.pk)
    unpriced = ProductFactory.create()
    answer = served(unpriced, scenario="cart")
    EventFactory.create(product=unpriced, kind="purchase", recommendation_id=answer.pk)

    compute_attribution(now=NOON + HOUR)

    assert [row[1:] for row in figures()] == [
        ("cart", 1, 1, 1, 1, 1, Decimal(0)),
        ("home", 1, 1, 1, 1, 1, Decimal(12)),
    ]


def test_the_spread_of_revenue_is_kept_for_its_interval() -> None:
    product = ProductFactory.create()
    for price in (3, 4):
        answer = served(product)
        shopper = ShopperFactory.create()
        EventFactory.create(
            shopper=shopper, product=product, kind="purchase", price=price,
            recommendation_id=answer.pk,
        )  # fmt: skip
    served(product)

    compute_attribution(now=NOON + HOUR)

    row = AttributionDay.objects.get()
    assert (row.num_answers, row.revenue, row.revenue_squares) == (3, Decimal(7), 25.0)


def test_taking_a_product_back_is_no_click() -> None:
    product = ProductFactory.create()
    answer = served(product)
    EventFactory.create(product=product, kind="remove", recommendation_id=answer.pk)

    compute_attribution(now=NOON + HOUR)

    assert figures() == [(TODAY, "home", 1, 1, 0, 0, 0, Decimal(0))]


def test_days_whose_time_is_over_stay_as_they_are(settings: Settings) -> None:
    settings.FUSION_ATTRIBUTION_DAYS = 3
    product = ProductFactory.create()
    answer = served(product)
    compute_attribution(now=NOON + HOUR)
    EventFactory.create(product=product, recommendation_id=answer.pk)

    compute_attribution(now=NOON + timedelta(days=3))
    within = figures()
    ServedList.objects.all().delete()
    compute_attribution(now=NOON + timedelta(days=4))

    assert within == figures() == [(TODAY, "home", 1, 1, 1, 1, 0, Decimal(0))]


def test_the_task_computes_what_was_shown_just_now() -> None:
    served(ProductFactory.create(), at=datetime.now().astimezone())

    tasks.compute_attribution()

    assert AttributionDay.objects.get().num_answers == 1


@pytest.mark.postgres_only
@pytest.mark.django_db(transaction=True)
def test_runs_at_the_same_time_write_one_set_of_figures() -> None:
    product = ProductFactory.create()
    for scenario in ("home", "cart"):
        served(product, scenario=scenario)
    errors: list[BaseException] = []

    def run() -> None:
        try:
            compute_attribution(now=NOON + HOUR)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert errors == []
    assert [row[1:4] for row in figures()] == [("cart", 1, 1), ("home", 1, 1)]
