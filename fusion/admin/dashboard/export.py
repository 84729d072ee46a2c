"""The dashboard as CSV: one line for a figure, with its interval and its definition."""

import csv
import io
from collections.abc import Iterator
from math import isnan

from catalog.admin.numbers import Estimate
from fusion.admin.dashboard.outcomes import Outcome
from fusion.admin.dashboard.period import Window
from fusion.admin.dashboard.reading import Dashboard

HEADINGS = (
    "panel", "figure", "scenario", "version", "since", "value", "low", "high", "unit", "definition"
)  # fmt: skip
Row = tuple[object, ...]
ANSWERS = "Answers to requests for products, by the step that gave the first product."
TIME = "Milliseconds from request to answer; low and high are the ends of the histogram's column."
CLICKED = "Share of the kept answers with at least one click; 95 % Wilson interval."
CONVERSION = "Purchases credited to the answers, per click; 95 % Poisson interval (Byar)."
REVENUE = "Revenue of these purchases per 1,000 kept answers; 95 % normal interval."


def dashboard_csv(window: Window, read: Dashboard) -> str:
    """Return all figures of a period, those of each slot and day included."""
    body = io.StringIO()
    writer = csv.writer(body)
    writer.writerow(HEADINGS)
    for rows in (_answers, _times, _outcomes, _catalogue):
        writer.writerows(rows(window, read))
    return body.getvalue()


def _answers(window: Window, read: Dashboard) -> Iterator[Row]:
    panel, traffic = "Answers", read.traffic
    if traffic.fallback:
        definition = "Share of the answers the model should have given, given by another step."
        yield _row(panel, "fallback", window.since, traffic.fallback, "share", definition)
    for step in traffic.steps:
        yield _row(panel, step.label, window.since, step.estimate, "share", step.definition)
    for slot, counts in zip(window.slots, traffic.by_slot, strict=True):
        for name, count in sorted(counts.items()):
            yield panel, name, "", "", slot.isoformat(), count, "", "", "answers", ANSWERS


def _times(window: Window, read: Dashboard) -> Iterator[Row]:
    every = [(window.since, read.latency.percentiles)]
    every += zip(window.slots, read.latency.by_slot, strict=True)
    for number, (since, percentiles) in enumerate(every):
        panel = "Time to an answer, by slot" if number else "Time to an answer"
        for each in percentiles:
            ends = (each.value, each.low, each.high)
            yield panel, each.name, "", "", since.isoformat(), *ends, "ms", TIME


def _outcomes(window: Window, read: Dashboard) -> Iterator[Row]:
    found = read.outcomes
    money = f"{read.money_unit} per 1,000 answers".lstrip()
    yield from _came_of("What came of it", found.first_day, found.total, money)
    for line in found.lines:
        yield from _came_of("What came of it", found.first_day, line.outcome, money)
    for day, outcome in found.by_day:
        yield from _came_of("What came of it, by day", day, outcome, money)


def _came_of(panel: str, since: object, outcome: Outcome, money: str) -> Iterator[Row]:
    whom = {"scenario": outcome.scenario or "all", "version": outcome.version}
    if not outcome.scenario:
        whom["version"] = "all"
    yield _row(panel, "clicked", since, outcome.clicked, "share", CLICKED, **whom)
    yield _row(panel, "conversion", since, outcome.conversion, "per click", CONVERSION, **whom)
    yield _row(panel, "revenue", since, outcome.revenue, money, REVENUE, **whom)


def _catalogue(window: Window, read: Dashboard) -> Iterator[Row]:
    if read.catalogue is None:
        return
    for each in (read.catalogue.coverage, *read.catalogue.modalities):
        share = each.part / each.whole if each.whole else ""
        at = read.catalogue.counted_at.isoformat()
        yield "Catalogue", each.label, "", "", at, share, "", "", "share", each.definition


def _row(
    panel: str,
    figure: str,
    since: object,
    found: Estimate | None,
    unit: str,
    definition: str,
    *,
    scenario: str = "",
    version: str = "",
) -> Row:
    numbers = (found.value, found.low, found.high) if found else ()
    known = ["" if isnan(each) else each for each in numbers] or ["", "", ""]
    return panel, figure, scenario, version, str(since), *known, unit, definition
