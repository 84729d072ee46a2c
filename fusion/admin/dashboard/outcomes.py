"""What came of the answers, by scenario and version, with intervals."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import isnan, nan
from typing import Any

from django.db.models import Count, Sum

from catalog.admin.charts import LineChart, Meter, line_chart, meter
from catalog.admin.numbers import (
    Estimate,
    count_estimate,
    mean_estimate,
    percent,
    percent_range,
    share_estimate,
)
from fusion.admin.dashboard.period import Window
from fusion.models import AttributionDay

MOST_ROWS = 15
FEWEST_DAYS = 3  # of a chart: two are two numbers
SUMS = (
    "num_answers",
    "num_clicked_answers",
    "num_clicks",
    "num_purchases",
    "revenue",
    "revenue_squares",
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of some answers.

    Attributes:
        clicked: share of answers with a click.
        conversion: purchases per click.
        revenue: per 1,000 answers; its interval is NaN where the spread was not kept.
    """

    scenario: str
    version_id: int | None
    num_answers: int
    num_clicks: int
    num_purchases: int
    clicked: Estimate | None
    conversion: Estimate | None
    revenue: Estimate | None

    @property
    def version(self) -> str:
        """The version that ranked, in words."""
        return f"v{self.version_id}" if self.version_id else "no model"

    @property
    def count_words(self) -> str:
        """The number of answers for people."""
        return f"{self.num_answers:,}"

    @property
    def figures(self) -> list[tuple[str, str]]:
        """The three figures with their intervals, in words."""
        return [_share(self.clicked), _share(self.conversion), money(self.revenue)]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table, with its click-through as a bar beside those of the others."""

    outcome: Outcome
    meter: Meter | None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The table, its sum, the sum of the time before, and click-through over time."""

    lines: list[Line]
    num_hidden: int
    total: Outcome
    before: Outcome
    chart: LineChart | None
    first_day: date
    by_day: list[tuple[date, Outcome]]


def outcomes(window: Window) -> Outcomes:
    """Return what came of the answers of the days of a window."""
    first = window.first_day
    days = (window.now.date() - first).days + 1
    rows = AttributionDay.objects.filter(day__gte=first)
    before = AttributionDay.objects.filter(day__gte=first - timedelta(days=days), day__lt=first)
    sources = rows.values("scenario", "model_version_id").annotate(**_sums())
    found = sorted(map(_outcome, sources), key=lambda each: (-each.num_answers, each.scenario))
    daily = rows.values("day").annotate(**_sums()).order_by("day")
    by_day = [(row["day"], _outcome(row)) for row in daily]
    return Outcomes(
        lines=_lines(found[:MOST_ROWS]),
        num_hidden=max(len(found) - MOST_ROWS, 0),
        total=_outcome(rows.aggregate(**_sums())),
        before=_outcome(before.aggregate(**_sums())),
        chart=_chart(by_day),
        first_day=first,
        by_day=by_day,
    )


def _sums() -> dict[str, Any]:
    sums = {f"sum_{name}": Sum(name) for name in SUMS}
    return sums | {"num_unkept": Count("pk") - Count("revenue_squares")}


def _outcome(row: Mapping[str, Any]) -> Outcome:
    sums = {name: row.get(f"sum_{name}") or 0 for name in SUMS}
    answers, clicks = sums["num_answers"], sums["num_clicks"]
    is_kept = not row.get("num_unkept")
    revenue = float(sums["revenue"])
    spread = float(sums["revenue_squares"])
    return Outcome(
        scenario=row.get("scenario", ""),
        version_id=row.get("model_version_id"),
        num_answers=answers,
        num_clicks=clicks,
        num_purchases=sums["num_purchases"],
        clicked=share_estimate(sums["num_clicked_answers"], answers),
        conversion=count_estimate(sums["num_purchases"], clicks),
        revenue=_per_thousand(mean_estimate(revenue, spread, answers), is_kept=is_kept),
    )


def _per_thousand(mean: Estimate | None, *, is_kept: bool) -> Estimate | None:
    if mean is None:
        return None
    low, high = (mean.low, mean.high) if is_kept else (nan, nan)
    return Estimate(1000 * mean.value, 1000 * low, 1000 * high)


def _lines(found: Iterable[Outcome]) -> list[Line]:
    rows = list(found)
    widest = max((row.clicked.high for row in rows if row.clicked), default=1.0)
    return [Line(row, _meter(row.clicked, widest)) for row in rows]


def _meter(clicked: Estimate | None, widest: float) -> Meter | None:
    if clicked is None:
        return None
    words = f"{percent(clicked.value)}, 95 % interval {percent_range(clicked)}"
    return meter(clicked.value, words, low=clicked.low, high=clicked.high, whole=widest)


def _chart(by_day: Iterable[tuple[date, Outcome]]) -> LineChart | None:
    found = [(day, each.clicked.value) for day, each in by_day if each.clicked]
    labels = [f"{day:%a} {day.day} {day:%b}" for day, _ in found]
    rates = {"clicked": [rate for _, rate in found]}
    if len(found) < FEWEST_DAYS:
        return None
    return line_chart("Clicked", labels, rates, ("rs-c3",), write=percent)


def _share(found: Estimate | None) -> tuple[str, str]:
    return (percent(found.value), percent_range(found)) if found else ("-", "")


def money(found: Estimate | None) -> tuple[str, str]:
    """Return an amount and its interval in words; the interval is empty where it is not known."""
    if found is None:
        return "-", ""
    interval = "" if isnan(found.low) else f"{found.low:,.2f} … {found.high:,.2f}"
    return f"{found.value:,.2f}", interval
