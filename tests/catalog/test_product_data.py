from decimal import Decimal
from typing import Any

import pytest

from catalog.product_data import PRODUCT_FIELDS, ROW_FIELDS, parse_product
from catalog.serializers import BulkProductSerializer
from catalog.values import InvalidRowError


def test_a_full_row_becomes_a_product() -> None:
    product = parse_product(
        {
            "product_id": "0042",
            "title": " Lamp ",
            "category": "Home>Lamps",
            "price": "12,50 EUR",
            "url": "https://shop.example/lamp",
            "attributes": {"colour": "white"},
            "is_available": False,
        }
    )

    assert (product.external_id, product.title, product.category) == (
        "0042",
        "Lamp",
        "Home > Lamps",
    )
    assert (product.price, product.currency) == (Decimal("12.5"), "EUR")
    assert product.attributes == {"colour": "white"}
    assert product.is_available is False


def test_a_row_speaks_only_of_the_fields_it_names() -> None:
    product = parse_product({"product_id": "1", "price": "3 EUR"})

    assert product.given == {"price", "currency"}


def test_a_replacing_row_speaks_of_every_field() -> None:
    assert parse_product({"product_id": "1"}, replace=True).given == PRODUCT_FIELDS


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"title": "Lamp"}, "product_id"),
        ({"product_id": ""}, "product_id"),
        ({"product_id": "1", "colour": "white"}, "colour"),
        ({"product_id": "1", "title": "x" * 501}, "title"),
        ({"product_id": "1", "title": "a\0b"}, "title"),
        ({"product_id": "1", "title": ["Lamp"]}, "title"),
        ({"product_id": "1", "category": "x" * 201}, "category"),
        ({"product_id": "1", "category": " > ".join(["x" * 100] * 6)}, "category"),
        ({"product_id": "1", "price": -1}, "price"),
        ({"product_id": "1", "currency": "EURO"}, "currency"),
        ({"product_id": "1", "url": "javascript:alert(1)"}, "url"),
        ({"product_id": "1", "attributes": [1]}, "attributes"),
        ({"product_id": "1", "attributes": {"a": "\0"}}, "attributes"),
        ({"product_id": "1", "attributes": {"a": "\ud800"}}, "attributes"),
        ({"product_id": "1", "attributes": {"a": float("nan")}}, "attributes"),
        ({"product_id": "1", "attributes": {"a": "x" * 100_001}}, "attributes"),
        ({"product_id": "1", "attributes": {"\0": 1}}, "attributes"),
        ({"product_id": "1", "attributes": {"\ud800": 1}}, "attributes"),
        ({"product_id": "1", "attributes": {"a": [["\\\0"]]}}, "attributes"),
        ({"product_id": "1", "is_available": "maybe"}, "is_available"),
    ],
)
def test_a_bad_row_names_the_field_at_fault(row: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidRowError) as caught:
        parse_product(row)

    assert list(caught.value.errors) == [field]


def nested(levels: int) -> Any:
    return {"a": nested(levels - 1)} if levels else "deep"


def test_attributes_lie_at_most_eight_deep() -> None:
    assert parse_product({"product_id": "1", "attributes": nested(8)}).attributes == nested(8)

    with pytest.raises(InvalidRowError) as caught:
        parse_product({"product_id": "1", "attributes": nested(9)})

    assert caught.value.errors == {"attributes": "Nested too deep: send at most 8 levels."}


def test_what_only_looks_like_a_nul_character_is_kept() -> None:
    attributes = {"path": "C:\\u0000"}

    assert parse_product({"product_id": "1", "attributes": attributes}).attributes == attributes


def test_everything_wrong_with_a_row_is_told_at_once() -> None:
    with pytest.raises(InvalidRowError) as caught:
        parse_product({"price": "x", "foo": 1})

    assert caught.value.errors.keys() == {"product_id", "price", "foo"}


def test_the_description_of_the_api_names_the_fields_that_are_checked() -> None:
    assert BulkProductSerializer().fields.keys() == ROW_FIELDS
