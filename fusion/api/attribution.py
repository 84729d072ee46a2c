"""What came of the answers, by day, scenario and model version."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog import values
from catalog.answers import field_errors
from fusion import request_values
from fusion.models import AttributionDay

DEFAULT_DAYS = 30
MOST_DAYS = 366
EXAMPLE = {
    "from": "2026-06-01",
    "to": "2026-06-01",
    "attribution_days": 7,
    "results": [
        {
            "day": "2026-06-01",
            "scenario": "home",
            "model_version": 7,
            "answers": 12000,
            "products_shown": 144000,
            "clicked_answers": 1380,
            "clicks": 1502,
            "click_through_rate": 0.115,
            "purchases": 96,
            "conversion_rate": 0.0639,
            "revenue": 4211.5,
        }
    ],
}
FROM = f"First day (UTC). Default: {DEFAULT_DAYS} days back."
TO = f"Last day (UTC). Default: today. At most {MOST_DAYS} days in all."


class AttributionDaySerializer(serializers.Serializer[Any]):
    """What came of one day's answers of one scenario, ranked by one version or by none."""

    day = serializers.DateField(help_text="On which the answers were given, UTC.")
    scenario = serializers.CharField()
    model_version = serializers.IntegerField(allow_null=True, help_text="null: no model ranked.")
    answers = serializers.IntegerField(help_text="Answers that are kept.")
    products_shown = serializers.IntegerField()
    clicked_answers = serializers.IntegerField(help_text="Answers with at least one click.")
    clicks = serializers.IntegerField(
        help_text="Pairs of answer and product that an event with the answer's id names."
    )
    click_through_rate = serializers.FloatField(
        allow_null=True, help_text="Clicked answers per answer."
    )
    purchases = serializers.IntegerField(help_text="Purchases whose last touch was such a click.")
    conversion_rate = serializers.FloatField(allow_null=True, help_text="Purchases per click.")
    revenue = serializers.FloatField(help_text="Of these purchases, in the shop's currency.")


class AttributionSerializer(serializers.Serializer[Any]):
    """What came of the answers."""

    to = serializers.DateField()
    attribution_days = serializers.IntegerField(
        help_text="So long after an answer its clicks and purchases count."
    )
    results = AttributionDaySerializer(many=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add `from`, a word that Python keeps for itself."""
        return {"from": serializers.DateField()} | super().get_fields()


@dataclass(frozen=True, slots=True)
class AttributionRequest:
    """A checked request."""

    first: date
    last: date
    scenario: str | None


def parse_attribution_query(query: Any, *, today: date) -> AttributionRequest:
    """Check the query string; raises InvalidRowError."""
    fields = request_values.query_fields(query)
    fields.refuse_unknown(("from", "to", "scenario"))
    last = fields.read("to", _day, today)
    first = fields.read("from", _day, last - timedelta(days=DEFAULT_DAYS))
    if "from" not in fields.errors and not timedelta() <= last - first < timedelta(days=MOST_DAYS):
        fields.errors["from"] = f"Send a day before `to`, at most {MOST_DAYS} days in all."
    scenario = fields.read("scenario", values.identifier, None)
    fields.finish()
    return AttributionRequest(first, last, scenario)


def _day(value: str) -> date:
    try:
        day = date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"{value[:40]!r} is not a day: send 2026-06-01.") from None
    if not values.EARLIEST.date() <= day < values.LATEST.date():
        raise ValueError("Send a day between the years 1970 and 2200.")
    return day


class AttributionView(APIView):
    """Clicks, purchases and revenue of the answers."""

    required_scopes = ("operate",)

    @extend_schema(
        operation_id="get_attribution",
        tags=["Operate"],
        parameters=[
            OpenApiParameter("from", date, description=FROM),
            OpenApiParameter("to", date, description=TO),
            OpenApiParameter("scenario", str, description="Only this one."),
        ],
        examples=[OpenApiExample("One day", value=EXAMPLE, response_only=True)],
        responses=AttributionSerializer,
    )
    def get(self, request: Request) -> Response:
        """Say what came of the answers, by the day they were given, scenario and version.

        A click or purchase counts for an answer within `attribution_days`, so the figures of the
        last days still grow. A purchase counts once, for the answer through which the shopper
        came to the product last.
        """
        today = timezone.now().astimezone(UTC).date()
        with field_errors():
            asked = parse_attribution_query(request.query_params, today=today)
        body = {
            "from": asked.first,
            "to": asked.last,
            "attribution_days": settings.FUSION_ATTRIBUTION_DAYS,
            "results": list(_figures(asked)),
        }
        return Response(body)


def _figures(asked: AttributionRequest) -> Iterator[dict[str, Any]]:
    rows = AttributionDay.objects.filter(day__range=(asked.first, asked.last))
    if asked.scenario is not None:
        rows = rows.filter(scenario=asked.scenario)
    for row in rows.order_by("day", "scenario", "model_version"):
        yield {
            "day": row.day,
            "scenario": row.scenario,
            "model_version": row.model_version_id,
            "answers": row.num_answers,
            "products_shown": row.num_shown,
            "clicked_answers": row.num_clicked_answers,
            "clicks": row.num_clicks,
            "click_through_rate": _rate(row.num_clicked_answers, row.num_answers),
            "purchases": row.num_purchases,
            "conversion_rate": _rate(row.num_purchases, row.num_clicks),
            "revenue": float(row.revenue),
        }


def _rate(part: int, whole: int) -> float | None:
    return round(part / whole, 6) if whole else None
