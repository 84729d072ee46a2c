"""Charts drawn by the server, and numbers as people read them."""

import pytest

from catalog.admin.charts import Piece, column_chart, line_chart, meter, spark
from catalog.admin.numbers import (
    Estimate,
    change,
    count_estimate,
    mean_estimate,
    milliseconds,
    percent,
    percent_range,
    plural,
    share_estimate,
)

DAYS = ["1 June", "2 June"]


def test_columns_are_stacked_from_the_bottom() -> None:
    chart = column_chart("Answers", DAYS, {"model": [3, 0], "popular": [1, 2]}, ["a", "b"])

    assert chart is not None
    assert chart.highest == "4"
    assert [column.pieces for column in chart.columns] == [
        (Piece(25.0, 75.0, "a"), Piece(0.0, 25.0, "b")),
        (Piece(50.0, 50.0, "b"),),
    ]
    assert chart.columns[0].words == "1 June: 4\nmodel 3\npopular 1"


def test_a_legend_names_only_what_is_there() -> None:
    chart = column_chart("Answers", DAYS, {"model": [3, 1], "newest": [0, 0]}, ["a", "b"])

    assert chart is not None
    assert chart.legend == (("model", "a"),)


def test_nothing_makes_no_chart() -> None:
    assert column_chart("Answers", DAYS, {"model": [0, 0]}, ["a"]) is None
    assert line_chart("Time", DAYS, {"p50": [None, 2.0]}, ["a"], write=str) is None
    assert spark([1.0], "one") is None


def test_a_line_skips_what_is_not_known() -> None:
    days = [*DAYS, "3 June"]
    chart = line_chart("Time", days, {"p50": [4.0, None, 2.0]}, ["a"], write="{:.0f} ms".format)

    assert chart is not None
    assert chart.curves[0].points == "0.00,0.00 100.00,50.00"
    assert (chart.highest, chart.lowest) == ("4 ms", "0 ms")
    assert chart.words == "Time from 1 June to 3 June. Latest: p50 2 ms"


def test_a_meter_never_leaves_its_bar() -> None:
    found = meter(3.0, "3 of 2", low=1.0, high=9.0, whole=2.0)

    assert (found.width, found.low, found.reach) == (100, 50, 50)


@pytest.mark.parametrize(
    ("count", "words"), [(0, "0 products"), (1, "1 product"), (1200, "1,200 products")]
)
def test_a_noun_agrees_with_its_count(count: int, words: str) -> None:
    assert plural(count, "product").replace("\N{NO-BREAK SPACE}", " ") == words


def test_numbers_are_short() -> None:
    written = [milliseconds(4.24), milliseconds(130.4), milliseconds(1400), percent(0.0512)]
    written += [percent_range(Estimate(0.05, 0.04, 0.06)), change(12, 10), change(1, 0)]
    written.append(change(999, 1000))

    assert [each.replace("\N{NO-BREAK SPACE}", " ") for each in written] == [
        "4.2 ms", "130 ms", "1.4 s", "5.1 %", "4.0 … 6.0 %", "+20 %", "", "±0 %",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        # 8 of 10: Agresti and Coull 1998 give .490 to .943 for Wilson's interval.
        (8, 10, (0.8, 0.490, 0.943)),
        (0, 10, (0.0, 0.0, 0.278)),
        (10, 10, (1.0, 0.722, 1.0)),
    ],
)
def test_an_interval_of_a_share_is_wilsons(
    part: int, whole: int, expected: tuple[float, float, float]
) -> None:
    found = share_estimate(part, whole)

    assert found is not None
    assert (found.value, round(found.low, 3), round(found.high, 3)) == expected


def test_an_interval_of_a_count_is_near_the_exact_poisson_one() -> None:
    found = count_estimate(10, 1000)

    assert found is not None  # exact (Garwood): 4.795 and 18.390
    assert found.value == 0.01
    assert found.low * 1000 == pytest.approx(4.795, abs=0.02)
    assert found.high * 1000 == pytest.approx(18.390, abs=0.02)


def test_nobody_bought_still_has_an_upper_end() -> None:
    found = count_estimate(0, 1000)

    assert found is not None  # exact: 3.689
    assert (found.value, found.low) == (0, 0)
    assert found.high * 1000 == pytest.approx(3.69, abs=0.05)


def test_an_interval_of_a_mean_is_normal() -> None:
    found = mean_estimate(total=10.0, total_of_squares=50.0, count=10)

    assert found is not None  # variance 4, standard error 0.632
    assert (found.value, found.low) == (1.0, 0.0)
    assert found.high == pytest.approx(2.2396, abs=1e-4)


def test_nothing_has_no_interval() -> None:
    assert share_estimate(0, 0) is count_estimate(0, 0) is mean_estimate(0, 0, 0) is None
