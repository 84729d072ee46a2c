from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from catalog import values


@pytest.mark.parametrize(
    ("sent", "amount", "currency"),
    [
        (12, "12", ""),
        (59.9, "59.9", ""),
        ("0.048441", "0.048441", ""),
        ("12.50 EUR", "12.5", "EUR"),
        ("12,50 eur", "12.5", "EUR"),
        ("USD 1,234.50", "1234.5", "USD"),
        ("1.234,50 €", "1234.5", "EUR"),
        ("1,234", "1234", ""),
        ("£3", "3", "GBP"),
        ("1e-3", "0.001", ""),
        ("0.1234567", "0.123457", ""),
        ("99999999.9999999", "99999999.999999", ""),
    ],
)
def test_a_price_is_read_as_shops_write_it(sent: Any, amount: str, currency: str) -> None:
    assert values.money(sent) == (Decimal(amount), currency)


@pytest.mark.parametrize(
    "sent", ["-1", "abc", "", "nan", "1e9", 100_000_000, True, [1], "1 2", "٣", "1.2.3"]
)
def test_a_price_that_makes_no_sense_is_refused(sent: Any) -> None:
    with pytest.raises(ValueError, match=r"price|number"):
        values.money(sent)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("2020-09-16", datetime(2020, 9, 16, tzinfo=UTC)),
        (date(2020, 9, 16), datetime(2020, 9, 16, tzinfo=UTC)),
        (datetime(2020, 9, 16, 1), datetime(2020, 9, 16, 1, tzinfo=UTC)),
        ("2026-06-01T12:00:00Z", datetime(2026, 6, 1, 12, tzinfo=UTC)),
        ("2026-06-01T14:00:00+02:00", datetime(2026, 6, 1, 12, tzinfo=UTC)),
        ("874724710", datetime(1997, 9, 20, 3, 5, 10, tzinfo=UTC)),
        (874724710, datetime(1997, 9, 20, 3, 5, 10, tzinfo=UTC)),
        (874724710000, datetime(1997, 9, 20, 3, 5, 10, tzinfo=UTC)),
        (20200916, datetime(1970, 8, 22, 19, 21, 56, tzinfo=UTC)),
    ],
)
def test_a_time_is_iso_8601_or_unix_time(sent: Any, expected: datetime) -> None:
    assert values.moment(sent) == expected


@pytest.mark.parametrize("sent", ["yesterday", "", "1969-12-31", "9999-01-01", 1e300, True, "nan"])
def test_a_time_outside_the_calendar_is_refused(sent: Any) -> None:
    with pytest.raises(ValueError, match="time"):
        values.moment(sent)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [("0012", "0012"), (12, "12"), (" a/ü.7 ", "a/ü.7"), ("x" * 128, "x" * 128)],
)
def test_an_id_is_text_and_keeps_its_zeros(sent: Any, expected: str) -> None:
    assert values.identifier(sent) == expected


@pytest.mark.parametrize(
    "sent", ["", "  ", "x" * 129, "a\nb", "a\0b", "\ud800", 1.0, True, None, []]
)
def test_an_id_that_cannot_be_kept_is_refused(sent: Any) -> None:
    with pytest.raises(ValueError, match=r"id|NUL|UTF-8|text|characters"):
        values.identifier(sent)


@pytest.mark.parametrize("sent", ["nan", "inf", "1e999", "x", True, {}])
def test_a_number_is_finite(sent: Any) -> None:
    with pytest.raises(ValueError, match="number"):
        values.number(sent)


@pytest.mark.parametrize("sent", [0, -1, 1.5, 2**31])
def test_a_whole_number_out_of_bounds_is_told_both_bounds(sent: Any) -> None:
    with pytest.raises(ValueError, match=r"^Send a whole number from 1 to 2,147,483,647\.$"):
        values.whole_number(sent)


def test_a_whole_number_may_have_a_lower_maximum() -> None:
    assert values.whole_number("100", maximum=100) == 100
    with pytest.raises(ValueError, match=r"from 1 to 100\.$"):
        values.whole_number(101, maximum=100)


@pytest.mark.parametrize(
    ("sent", "word"),
    [(None, "null"), ([], "a list"), ({}, "an object"), (1.5, "a number with a point")],
)
def test_what_was_sent_instead_of_text_is_named_as_json_names_it(sent: Any, word: str) -> None:
    with pytest.raises(ValueError, match=f"^Send text, not {word}\\.$"):
        values.text(sent)


@pytest.mark.parametrize("value", ["rev\n", " rev", "rev\u00a0", "a\nb", "a\0b", "x" * 129, " "])
def test_an_exact_id_has_nothing_to_strip(value: str) -> None:
    with pytest.raises(ValueError, match=r"id|NUL|characters"):
        values.exact_identifier(value)


@pytest.mark.parametrize(
    ("value", "levels"),
    [("a", 0), ([], 1), ({"a": 1}, 1), ({"a": [{}]}, 3), ([[], {"a": {"b": 1}}, 1], 3)],
)
def test_the_depth_of_a_value_is_its_longest_way_in(value: Any, levels: int) -> None:
    assert values.depth(value) == levels


@pytest.mark.parametrize(
    ("sent", "expected"),
    [(True, True), (False, False), ("in stock", True), ("out_of_stock", False), (0, False)],
)
def test_availability_is_read_in_the_words_of_feeds(sent: Any, expected: bool) -> None:
    assert values.yes_or_no(sent) is expected
