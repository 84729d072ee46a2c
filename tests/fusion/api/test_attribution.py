"""What came of the answers, over REST."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from fusion.models import AttributionDay
from tests.factories import NOON

pytestmark = pytest.mark.django_db
ATTRIBUTION = "/api/v1/attribution"
DAY = date(2026, 6, 1)


def figures(day: date = DAY, **values: Any) -> AttributionDay:
    counted = {
        "num_answers": 200,
        "num_shown": 1000,
        "num_clicked_answers": 20,
        "num_clicks": 25,
        "num_purchases": 5,
        "revenue": "99.50",
    }
    told = {"scenario": "home", "computed_at": NOON} | counted | values
    return AttributionDay.objects.create(day=day, **told)


def test_the_figures_of_a_day(api: APIClient) -> None:
    figures()

    body = api.get(ATTRIBUTION, {"from": "2026-06-01", "to": "2026-06-01"}).json()

    assert body == {
        "from": "2026-06-01",
        "to": "2026-06-01",
        "attribution_days": 7,
        "results": [
            {
                "day": "2026-06-01",
                "scenario": "home",
                "model_version": None,
                "answers": 200,
                "products_shown": 1000,
                "clicked_answers": 20,
                "clicks": 25,
                "click_through_rate": 0.1,
                "purchases": 5,
                "conversion_rate": 0.2,
                "revenue": 99.5,
            }
        ],
    }


def test_only_one_scenario_and_only_some_days(api: APIClient) -> None:
    for days in range(4):
        figures(DAY + timedelta(days=days))
        figures(DAY + timedelta(days=days), scenario="cart")

    query = {"from": "2026-06-02", "to": "2026-06-03", "scenario": "cart"}
    rows = api.get(ATTRIBUTION, query).json()["results"]

    assert [(row["day"], row["scenario"]) for row in rows] == [
        ("2026-06-02", "cart"),
        ("2026-06-03", "cart"),
    ]


def test_by_default_the_last_thirty_days(api: APIClient) -> None:
    today = timezone.now().date()
    figures(today)
    figures(today - timedelta(days=31))

    assert [row["day"] for row in api.get(ATTRIBUTION).json()["results"]] == [str(today)]


def test_answers_without_a_click_have_no_conversion_rate(api: APIClient) -> None:
    figures(num_clicked_answers=0, num_clicks=0, num_purchases=0, revenue=0)

    [row] = api.get(ATTRIBUTION, {"from": "2026-06-01", "to": "2026-06-01"}).json()["results"]

    assert (row["click_through_rate"], row["conversion_rate"]) == (0.0, None)


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ({"to": "0001-01-01"}, "to", "Send a day between the years 1970 and 2200."),
        ({"from": "June"}, "from", "'June' is not a day: send 2026-06-01."),
        (
            {"from": "2026-06-02", "to": "2026-06-01"},
            "from",
            "Send a day before `to`, at most 366 days in all.",
        ),
        (
            {"from": "2020-01-01", "to": "2026-06-01"},
            "from",
            "Send a day before `to`, at most 366 days in all.",
        ),
        ({"day": "x"}, "day", "There is no such field. Known are: from, scenario, to."),
    ],
)
def test_a_wrong_question_is_told_what_to_send(
    api: APIClient, query: dict[str, str], field: str, message: str
) -> None:
    answer = api.get(ATTRIBUTION, query)

    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert (error["field"], error["message"]) == (field, message)
