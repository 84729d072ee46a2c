"""The figures that stand on top of the page."""

from django.conf import settings
from django.urls import reverse

from catalog.admin.charts import Tile, spark
from catalog.admin.numbers import NBSP, Estimate, percent, percent_range
from catalog.models import Product
from fusion.admin.dashboard.outcomes import Outcome, Outcomes, money
from fusion.admin.dashboard.period import Window
from fusion.admin.dashboard.reading import Dashboard
from fusion.admin.figures import table_size
from users.models import Event, Shopper


def figure_tiles(window: Window, read: Dashboard) -> list[Tile]:
    """Return the tiles of a period, most looked at first."""
    return [
        _answers(window, read),
        _fallback(read),
        _time(read),
        _clicked(read.outcomes),
        _revenue(read.outcomes, read.money_unit),
        _coverage(read),
        Tile(
            "Products",
            table_size(Product),
            "All rows of products; ids known from events alone are among them.",
            url=reverse("admin:catalog_product_changelist"),
        ),
        Tile(
            "Events",
            table_size(Event),
            "All events that are kept.",
            f"of {table_size(Shopper)} shoppers",
            reverse("admin:users_event_changelist"),
        ),
    ]


def _answers(window: Window, read: Dashboard) -> Tile:
    traffic = read.traffic
    return Tile(
        "Answers",
        f"{traffic.total:,}",
        f"Answers to requests for products since {window.since:%d %b %H:%M} UTC, whichever step "
        "gave them. Widgets of a batch count one by one.",
        f"{traffic.change} against the time before" if traffic.change else "",
        reverse("admin:fusion_servedlist_changelist"),
        traffic.spark,
    )


def _fallback(read: Dashboard) -> Tile:
    found, before = read.traffic.fallback, read.traffic.fallback_before
    return Tile(
        "Answered by a fallback",
        percent(found.value) if found else "-",
        "Share of the answers that should have come from the model and came from a stale list, "
        "popular products or nothing, shoppers nothing is known of included. "
        "95 % Wilson interval.",
        _interval(found, before),
        spark=read.traffic.fallback_spark,
    )


def _time(read: Dashboard) -> Tile:
    latency = read.latency
    if not latency.percentiles:
        return Tile("Time to an answer", "-", TIME)
    found = latency.percentiles[1]
    before = latency.before.get(found.name)
    slots = [slot[1].value or 0.0 for slot in latency.by_slot if slot]
    return Tile(
        "Time to an answer (p95)",
        found.words,
        TIME,
        found.bounds + (f" · before {before}" if before else ""),
        spark=spark(slots, "p95 over the period"),
    )


TIME = (
    "95 of 100 answers took no longer, from the request's arrival in the web process to its answer "
    "being ready. From a histogram: exact to the ends of its columns."
)


def _clicked(found: Outcomes) -> Tile:
    return Tile(
        "Clicked",
        percent(found.total.clicked.value) if found.total.clicked else "-",
        "Share of the kept answers with at least one click, by the UTC days of the period. A click "
        f"counts for {settings.FUSION_ATTRIBUTION_DAYS} days, so the last days still grow. "
        "95 % Wilson interval, answers taken as independent.",
        _interval(found.total.clicked, found.before.clicked),
        reverse("admin:fusion_attributionday_changelist"),
        spark([each.clicked.value for _, each in found.by_day if each.clicked], "Clicked by day"),
    )


def _revenue(found: Outcomes, unit: str) -> Tile:
    value, interval = money(found.total.revenue)
    return Tile(
        "Revenue per 1,000 answers",
        f"{value}{NBSP}{unit}".strip() if found.total.revenue else value,
        "Of purchases that an answer led to (last touch), per 1,000 kept answers, in the currency "
        "of the products; several are added up as they are. 95 % normal interval over answers.",
        _joined(interval, _revenue_before(found.before)),
        reverse("admin:fusion_attributionday_changelist"),
    )


def _revenue_before(before: Outcome) -> str:
    return f"before {money(before.revenue)[0]}" if before.revenue else ""


def _coverage(read: Dashboard) -> Tile:
    if read.catalogue is None:
        return Tile("Catalogue shown", "-", "Counted by a task that has not run yet.")
    share = read.catalogue.coverage
    return Tile("Catalogue shown", share.value, share.definition, f"{share.detail} products")


def _interval(found: Estimate | None, before: Estimate | None) -> str:
    return _joined(
        percent_range(found) if found else "", f"before {percent(before.value)}" if before else ""
    )


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)
