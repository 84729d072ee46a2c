"""The dashboard: every figure from small tables, over the period that was chosen."""

import csv
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from redis import Redis

from catalog.admin.numbers import NBSP
from catalog.redis_link import redis_link
from fusion.admin.dashboard.latency import percentiles
from fusion.admin.dashboard.period import PERIODS, Window, chosen_period
from fusion.models import AnswerHour, AttributionDay, CatalogueCount, ModelVersion
from fusion.serving.fleet import Membership
from fusion.serving.heartbeat import Heartbeat
from tests.admin_shop import make_run, make_version, member, superuser
from tests.factories import NOON

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
MODEL, POPULAR = "answers|home|model|", "answers|cart|popular|no_worker"
FIGURES, CSV = "admin:fusion_dashboard_figures", "admin:fusion_dashboard_csv"


def note_hour(hours_ago: int, **counts: int) -> None:
    AnswerHour.objects.create(hour=NOON - hours_ago * HOUR, counts=counts)


def note_day(days_ago: int = 0, **values: Any) -> AttributionDay:
    sums = {"num_answers": 1000, "num_clicked_answers": 100, "num_clicks": 200}
    money = {"num_purchases": 10, "revenue": 500, "revenue_squares": 30000.0}
    day = (NOON - timedelta(days=days_ago)).date()
    row = {"day": day, "scenario": "home", "computed_at": NOON} | sums | money
    return AttributionDay.objects.create(**row | values)


def words(client: Client, period: str = "24h", *, url: str = "") -> str:
    """What people read on the page, on one line."""
    client.force_login(superuser())
    page = client.get(url or reverse(FIGURES), {"period": period}).content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.fixture(autouse=True)
def _at_noon(redis_client: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)


def test_answers_are_told_by_step_and_compared_with_the_time_before(client: Client) -> None:
    note_hour(1, **{MODEL: 70, POPULAR: 30})
    note_hour(24, **{MODEL: 80})

    page = words(client)

    assert "Answers 100 +25 % against the time before" in page
    assert "Answered by a fallback 30.0 % 21.9 … 39.6 % · before 0.0 %" in page
    assert "Popular no serve worker is running 30.0 % 21.9 … 39.6 % 0.0 % 30" in page


def test_answers_that_need_no_model_are_no_fallback(client: Client) -> None:
    note_hour(1, **{MODEL: 10, "answers|x|trending|not_asked": 90})

    assert "Answered by a fallback 0.0 %" in words(client)


@pytest.mark.parametrize(("period", "total"), [("24h", 1), ("7d", 3), ("30d", 7), ("nonsense", 3)])
def test_a_period_holds_its_own_hours(client: Client, period: str, total: int) -> None:
    for hours_ago, count in ((23, 1), (7 * 24 - 7, 2), (29 * 24, 4), (31 * 24, 8)):
        note_hour(hours_ago, **{MODEL: count})

    assert f"Answers {total} " in words(client, period)


def test_every_slot_has_a_column_and_the_last_one_holds_now() -> None:
    for period in PERIODS.values():
        window = Window(period, NOON + HOUR / 2)
        assert len(window.slots) == len(window.labels) == period.num_slots
        assert window.slots[-1] <= window.now < window.slots[-1] + period.slot
        assert window.since - window.before == NOON + HOUR - window.since


def test_a_day_begins_at_midnight() -> None:
    window = Window(chosen_period("30d"), NOON)

    assert window.slots[-1] == datetime(2026, 6, 1, tzinfo=UTC)
    assert window.labels[-1] == "Mon 1 Jun"


def test_percentiles_lie_within_their_column() -> None:
    p50, p95, p99 = percentiles(Counter({2.0: 50, 5.0: 46, 100.0: 4}))

    assert (p50.value, p50.low, p50.high) == (2.0, 1.0, 2.0)
    assert p95.value == pytest.approx(3 + 2 * 45 / 46)
    assert (p99.value, p99.bounds.replace("\N{NO-BREAK SPACE}", " ")) == (
        93.75,
        "between 75 ms and 100 ms",
    )


def test_beyond_the_last_column_no_time_is_made_up() -> None:
    p50 = percentiles(Counter({float("inf"): 3}))[0]

    assert (p50.value, p50.words.replace("\N{NO-BREAK SPACE}", " ")) == (None, "over 1.0 s")


def test_percentiles_stand_on_the_page(client: Client) -> None:
    note_hour(1, **{MODEL: 100, "bucket|0.002": 100})

    assert "Time to an answer (p95) 1.9 ms between 1.0 ms and 2.0 ms" in words(client)


def test_outcomes_come_with_intervals(client: Client) -> None:
    version = make_version(make_run())
    note_day(num_answers=500, num_clicked_answers=100)
    note_day(model_version=version, num_answers=500, num_clicked_answers=50)

    page = words(client)

    assert "home no model 500 20.0 % 16.7 … 23.7 %" in page
    assert f"home v{version.pk} 500 10.0 % 7.7 … 12.9 %" in page
    assert "All 1,000 15.0 % 12.9 … 17.3 % 5.0 % 3.1 … 7.7 % 1,000.00" in page


def test_revenue_of_days_before_spread_was_kept_has_no_interval(client: Client) -> None:
    note_day(revenue_squares=None)

    page = words(client)

    assert "500.00" in page
    assert "500.00 …" not in page


def test_revenue_is_in_the_currency_of_the_products(client: Client) -> None:
    note_day()
    CatalogueCount.objects.create(counts={"currency EUR": 3}, counted_at=NOON)

    page = words(client)
    file = words(client, url=reverse(CSV))

    assert "Revenue per 1,000 answers 500.00 EUR" in page
    assert "Revenue per 1,000, EUR" in page
    assert ',"EUR per 1,000 answers",' in file
    days = client.get("/admin/fusion/attributionday/").content.decode()
    assert f"500.00{NBSP}EUR" in days


def test_the_share_of_the_catalogue_that_was_shown_is_of_the_period(client: Client) -> None:
    counts = {"described": 50, "available": 40, "readable text": 25, "shown 1": 4, "shown 7": 10}
    CatalogueCount.objects.create(counts=counts, counted_at=NOON)

    assert "Catalogue shown 10.0 % 4 of 40 products" in words(client, "24h")
    page = words(client, "7d")
    assert "Catalogue shown 25.0 % 10 of 40 products" in page
    assert "With text 50.0 % 25 of 50" in page


def test_a_task_that_stands_still_is_seen(client: Client) -> None:
    CatalogueCount.objects.create(counts={}, counted_at=NOON - HOUR)

    assert re.search(r"Catalogue counted 1.hour ago · stands still", words(client))


def test_an_empty_shop_has_an_empty_page(client: Client) -> None:
    page = words(client)

    assert "The shop gets popular products until a version is promoted." in page
    assert "No answer in these 24 hours." in page
    assert "No figures for these days yet" in page
    assert "Not counted yet." in page
    assert "Event received never" in page


def test_the_file_holds_every_figure_with_its_interval_and_definition(client: Client) -> None:
    note_hour(1, **{MODEL: 70, POPULAR: 30, "bucket|0.002": 100})
    note_day()
    CatalogueCount.objects.create(counts={"available": 4, "shown 7": 1}, counted_at=NOON)
    client.force_login(superuser())

    answer = client.get(reverse(CSV), {"period": "7d"})
    rows = list(csv.DictReader(answer.content.decode().splitlines()))
    clicked = next(row for row in rows if row["figure"] == "clicked" and row["scenario"] == "home")

    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="dashboard-7d-2026-06-01.csv"'
    )
    assert {row["panel"] for row in rows} == {
        "Answers", "Time to an answer", "Time to an answer, by slot", "What came of it",
        "What came of it, by day", "Catalogue",
    }  # fmt: skip
    assert (clicked["value"], clicked["low"][:6], clicked["high"][:6]) == (
        "0.1",
        "0.0829",
        "0.1201",
    )
    assert [row for row in rows if not row["definition"]] == []


def test_each_serve_worker_is_listed_with_its_version_and_load(client: Client) -> None:
    ada = Heartbeat("ada", 7, 1_000, busy=0.25, requests_per_s=40.0, request_ms=2.0)
    bob = Heartbeat("bob", None, 1_000, problem="Version 8 cannot be loaded.")
    for each in (ada, bob):
        Membership(each.worker, redis_link()).say(each)

    page = words(client, url=reverse("admin:fusion_modelversion_health"))

    assert "ada v7 25&nbsp;% 40.0 " in page
    assert "bob Version 8 cannot be loaded. none" in page


def test_figures_are_for_those_who_may_read_the_model(client: Client) -> None:
    user = member("Analyst")
    client.force_login(user)
    read = [client.get(reverse(name)).status_code for name in (FIGURES, CSV)]
    user.groups.clear()

    assert read == [200, 200]
    assert [client.get(reverse(name)).status_code for name in (FIGURES, CSV)] == [403, 403]


def test_the_page_of_a_promoted_version_leads_to_it(client: Client) -> None:
    version = make_version(make_run(), status=ModelVersion.Status.ACTIVE)

    assert f"Version {version.pk}" in words(client)
