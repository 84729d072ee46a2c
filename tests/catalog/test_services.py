from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from catalog.models import Category, Product
from catalog.product_data import ProductData, parse_product
from catalog.services import (
    ensure_products,
    plan_upsert,
    receive_products,
    retire_products,
    upsert_products,
)
from catalog.text import product_text, text_hash
from tests.factories import ProductFactory

pytestmark = pytest.mark.django_db
LAMP = ProductData("0042", title="Lamp", category="Home > Lamps", price=Decimal("59.9"))


def statuses(*rows: ProductData) -> list[str]:
    return [verdict.status for verdict in upsert_products(rows)]


def test_a_new_product_brings_its_categories() -> None:
    assert statuses(LAMP) == ["created"]

    product = Product.objects.get(external_id="0042")
    assert (product.title, product.price, product.is_available) == ("Lamp", Decimal("59.9"), True)
    assert product.category == Category.objects.get(path="Home > Lamps")
    assert Category.objects.get(path="Home > Lamps").parent == Category.objects.get(path="Home")
    assert product.text_hash == text_hash(product_text(product))


def test_a_repeated_row_writes_nothing() -> None:
    upsert_products([LAMP])
    before = Product.objects.values().get()

    assert statuses(LAMP) == ["unchanged"]
    assert Product.objects.values().get() == before


def test_a_change_moves_only_updated_at_and_what_changed() -> None:
    upsert_products([LAMP])
    before = Product.objects.values().get()

    assert statuses(ProductData("0042", title="Floor lamp", given=frozenset({"title"}))) == [
        "updated"
    ]

    after = Product.objects.values().get()
    changed = {
        name for (name, old), new in zip(before.items(), after.values(), strict=True) if old != new
    }
    assert changed == {"title", "text_hash", "updated_at"}
    assert after["updated_at"] > before["updated_at"]


def test_a_row_that_replaces_empties_what_it_leaves_out() -> None:
    upsert_products([LAMP])

    upsert_products([ProductData("0042", title="Lamp")])

    product = Product.objects.get()
    assert (product.category, product.price) == (None, None)


def test_a_placeholder_becomes_a_known_product_with_the_same_key() -> None:
    keys = ensure_products(["0042"])

    assert statuses(LAMP) == ["created"]

    product = Product.objects.get()
    assert (product.pk, product.is_placeholder, product.is_available) == (keys["0042"], False, True)


def test_rows_of_one_call_apply_one_after_the_other() -> None:
    later = parse_product({"product_id": "0042", "price": 5})

    assert statuses(LAMP, later, later) == ["created", "updated", "unchanged"]
    assert (Product.objects.get().title, Product.objects.get().price) == ("Lamp", Decimal(5))


def test_a_plan_tells_the_same_and_writes_nothing() -> None:
    ProductFactory.create(external_id="1", title="Old")

    plan = plan_upsert([ProductData("1", title="Old"), ProductData("1", title="New"), LAMP])

    assert [verdict.status for verdict in plan.verdicts] == ["unchanged", "updated", "created"]
    assert list(Product.objects.values_list("title", flat=True)) == ["Old"]


def test_a_bad_row_spoils_only_itself() -> None:
    verdicts = receive_products([{"product_id": "1"}, {"title": "no id"}, 7, {"product_id": "2"}])

    assert [verdict.status for verdict in verdicts] == [
        "created",
        "rejected",
        "rejected",
        "created",
    ]
    assert verdicts[1].reason == "product_id: Missing: send the shop's own id of the product."
    assert verdicts[2].reason == "Send an object, not a number."


def test_ensured_products_are_made_once_and_never_shown() -> None:
    known = ProductFactory.create(external_id="1")

    keys = ensure_products(["1", "2", "2"])

    assert keys == ensure_products(["2", "1"])
    assert keys["1"] == known.pk
    assert Product.objects.get(external_id="2").is_placeholder
    assert not Product.objects.available().filter(external_id="2").exists()


def test_a_retired_product_is_not_available_and_not_lost() -> None:
    product = ProductFactory.create(external_id="1")

    assert retire_products(["1", "unknown"]) == 1
    assert retire_products(["1"]) == 0

    product.refresh_from_db()
    assert product.is_available is False


def test_a_retired_product_stays_off_until_a_row_says_otherwise() -> None:
    upsert_products([LAMP])
    retire_products(["0042"])

    upsert_products([parse_product({"product_id": "0042", "title": "Lamp 2"})])
    assert Product.objects.get().is_available is False

    upsert_products([parse_product({"product_id": "0042", "is_available": True})])
    assert Product.objects.get().is_available is True


ROWS = st.lists(
    st.fixed_dictionaries(
        {"product_id": st.sampled_from(["1", "2", "ü/3"])},
        optional={
            "title": st.sampled_from(["", "Lamp", "Chair"]),
            "category": st.sampled_from(["", "A", "A > B"]),
            "price": st.sampled_from([None, 0, 12.5]),
            "attributes": st.sampled_from([{}, {"a": [1, {"b": None}]}]),
            "is_available": st.booleans(),
        },
    ),
    max_size=8,
)
COLUMNS = ("external_id", "title", "category__path", "price", "attributes", "is_available")


def state() -> list[tuple[Any, ...]]:
    return list(Product.objects.order_by("external_id").values_list(*COLUMNS, "text_hash"))


@hypothesis_settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(rows=ROWS, cut=st.integers(0, 8))
def test_however_rows_are_cut_into_calls_the_catalogue_is_the_same(
    rows: list[dict[str, Any]], cut: int
) -> None:
    Product.objects.all().delete()
    receive_products(rows)
    in_one_call = state()
    Product.objects.all().delete()

    receive_products(rows[:cut])
    receive_products(rows[cut:])
    assert state() == in_one_call

    again = receive_products([known_row(row["product_id"]) for row in rows])
    assert {verdict.status for verdict in again} <= {"unchanged"}
    assert state() == in_one_call


def known_row(product_id: str) -> dict[str, Any]:
    """The row that says what is known."""
    product = Product.objects.get(external_id=product_id)
    return {
        "product_id": product_id,
        "title": product.title,
        "category": product.category.path if product.category else "",
        "price": product.price,
        "attributes": product.attributes,
        "is_available": product.is_available,
    }
