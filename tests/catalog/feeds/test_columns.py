import pytest

from catalog.feeds.columns import Columns, parse_mapping
from catalog.feeds.rows import FeedError

ALIASES = {"product_id": ("id", "sku"), "category": ("product_type", "google_product_category")}


def test_columns_are_known_by_their_usual_names() -> None:
    columns = Columns(ALIASES, mapped={})

    known, rest = columns.split({"g:ID": "1", "Product Type": "Home", "colour": "white"})

    assert known == {"product_id": "1", "category": "Home"}
    assert rest == {"colour": "white"}


def test_the_best_name_that_holds_something_wins_and_nothing_is_lost() -> None:
    columns = Columns(ALIASES, mapped={})
    row = {"google_product_category": "1604", "product_type": "", "sku": "s", "id": "1"}

    assert columns.split(row) == (
        {"product_id": "1", "category": "1604"},
        {"product_type": "", "sku": "s"},
    )


def test_a_flag_beats_the_usual_names() -> None:
    columns = Columns(ALIASES, mapped={"product_id": "ArticleNo"})

    assert columns.split({"id": "1", "articleno": "A"}) == ({"product_id": "A"}, {"id": "1"})


def test_an_ignored_column_is_left_out() -> None:
    columns = Columns(ALIASES, mapped={}, ignored=["Source"])

    assert columns.split({"id": "1", "source": "x"}) == ({"product_id": "1"}, {})


def test_a_flag_may_call_the_field_by_a_usual_name() -> None:
    assert parse_mapping(["sku=articleno"], ALIASES) == {"product_id": "articleno"}


@pytest.mark.parametrize("pair", ["product_id", "=x", "product_id="])
def test_a_flag_without_both_sides_is_refused(pair: str) -> None:
    with pytest.raises(FeedError, match="--map field=column"):
        parse_mapping([pair], ALIASES)


def test_a_flag_for_a_field_that_does_not_exist_names_those_that_do() -> None:
    with pytest.raises(FeedError, match="category, product_id"):
        Columns(ALIASES, mapped={"colour": "x"})
