"""The catalogue counted."""

from datetime import timedelta

import pytest

from catalog.models import Product
from fusion.aggregates import shown_products
from fusion.aggregates.catalogue_counts import count_catalogue, money_unit
from fusion.aggregates.shown_products import mark_shown
from fusion.features.store import encoder_in_use
from fusion.models import CatalogueCount, Embedding, ProductShown, ServedList
from tests.admin_shop import make_served_list
from tests.factories import NOON, ProductFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def show(product: Product, *, days_ago: int = 0) -> ServedList:
    row = make_served_list(product, None)
    ServedList.objects.filter(pk=row.pk).update(created_at=NOON - days_ago * DAY)
    return row


def marked() -> dict[str, int]:
    rows = ProductShown.objects.select_related("product")
    return {row.product.external_id: (NOON - row.last_shown_at).days for row in rows}


def test_a_product_is_marked_with_the_last_time_it_was_shown() -> None:
    lamp, mug = ProductFactory.create(external_id="lamp"), ProductFactory.create(external_id="mug")
    for days_ago in (9, 2, 5):
        show(lamp, days_ago=days_ago)
    show(mug, days_ago=8)

    assert mark_shown(now=NOON) == 2
    assert marked() == {"lamp": 2, "mug": 8}


def test_later_answers_move_the_mark() -> None:
    lamp = ProductFactory.create(external_id="lamp")
    show(lamp, days_ago=3)
    mark_shown(now=NOON)
    show(lamp)

    assert mark_shown(now=NOON) == 1
    assert mark_shown(now=NOON) == 1  # the last minute is read again
    assert marked() == {"lamp": 0}


def test_a_long_past_is_read_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shown_products, "MOST_LISTS", 2)
    for days_ago in (6, 5, 4, 3):
        show(ProductFactory.create(external_id=f"{days_ago}"), days_ago=days_ago)

    counts = [mark_shown(now=NOON) for _ in range(3)]

    assert counts == [2, 2, 2]
    assert marked() == {"6": 6, "5": 5, "4": 4, "3": 3}


def test_the_count_knows_what_is_described_readable_and_shown() -> None:
    lamp = ProductFactory.create(description="bright", price=5, currency="EUR")
    ProductFactory.create(title="", is_available=False)
    ProductFactory.create(is_placeholder=True, is_available=False)
    Embedding.objects.create(
        encoder=encoder_in_use("text"), content_hash=lamp.text_hash, vector=b"\0\0"
    )
    show(lamp, days_ago=3)

    found = count_catalogue(now=NOON)

    assert found is not None
    assert found.counts == {
        "described": 2, "available": 1, "readable text": 1, "readable image": 0,
        "shown 1": 0, "shown 7": 1, "shown 30": 1, "currency EUR": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("counts", "unit"),
    [
        ({"described": 2}, ""),
        ({"described": 2, "currency EUR": 2}, "EUR"),
        ({"currency DKK": 1, "currency EUR": 1, "currency SEK": 7}, "SEK + DKK + EUR"),
        ({f"currency {code}": 1 for code in ("DKK", "EUR", "NOK", "SEK")}, "4 currencies"),
    ],
)
def test_amounts_are_in_the_currencies_of_the_products(counts: dict[str, int], unit: str) -> None:
    assert money_unit(counts) == unit


def test_a_fresh_count_is_left_alone() -> None:
    count_catalogue(now=NOON)

    assert count_catalogue(now=NOON + timedelta(seconds=40)) is None
    assert count_catalogue(now=NOON + timedelta(seconds=60)) is not None
    assert CatalogueCount.objects.count() == 1


def test_what_takes_long_is_counted_less_often() -> None:
    count_catalogue(now=NOON)
    CatalogueCount.objects.update(seconds=10)

    assert count_catalogue(now=NOON + timedelta(seconds=400)) is None
    assert count_catalogue(now=NOON + timedelta(seconds=500)) is not None


def test_a_product_that_is_gone_is_not_marked() -> None:
    lamp = ProductFactory.create()
    show(lamp)
    lamp.delete()
    show(ProductFactory.create(external_id="mug"))

    mark_shown(now=NOON)

    assert marked() == {"mug": 0}
