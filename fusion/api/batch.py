"""Several answers for one page of the shop, with no product twice."""

import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from catalog import values
from catalog.answers import field_errors
from catalog.parsers import OrjsonParser
from fusion.api.answers import ANSWER, MAX_QUESTION_BYTES, PRIVATE, body_of
from fusion.recommendation_request import RecommendationRequest, parse_recommendation_body
from fusion.serializers import (
    EXCLUDE,
    USER_ID,
    VISITOR_ID,
    ContextSerializer,
    RecommendationRequestSerializer,
    RecommendationSerializer,
)
from fusion.serving.merchandising import merchandising_cache
from fusion.serving.recommend import recommend
from fusion.serving.warm_up import warm_up

MAX_WIDGETS = 10
SHARED = ("user_id", "visitor_id", "context", "exclude_product_ids", "fields")
QUESTION = {
    "user_id": "c-0815",
    "widgets": [
        {"name": "top", "limit": 4},
        {"name": "lamps", "scenario": "category", "filter": {"category": "Home > Lamps"}},
    ],
}
EXAMPLE = {"widgets": [{"name": "top"} | ANSWER], "took_ms": 9.2}


class WidgetRequestSerializer(RecommendationRequestSerializer):
    """One question, and what its answer is called."""

    name = serializers.CharField(
        max_length=100, required=False, help_text="Comes back with the answer."
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Leave out paging: widgets have one page."""
        return {name: each for name, each in super().get_fields().items() if name != "paging"}


class BatchRequestSerializer(serializers.Serializer[Any]):
    """Questions of one page. What they share is said once; a widget may say otherwise."""

    user_id = serializers.CharField(max_length=128, required=False, help_text=USER_ID)
    visitor_id = serializers.CharField(max_length=128, required=False, help_text=VISITOR_ID)
    context = ContextSerializer(required=False)  # type: ignore[assignment]
    exclude_product_ids = serializers.ListField(
        child=serializers.CharField(), required=False, help_text=EXCLUDE
    )
    widgets = WidgetRequestSerializer(many=True, help_text=f"1 to {MAX_WIDGETS}, top first.")

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add `fields`, a name that a serializer keeps for itself."""
        chosen = serializers.ListField(child=serializers.ChoiceField(["product"]), required=False)
        return super().get_fields() | {"fields": chosen}


class WidgetSerializer(RecommendationSerializer):
    """The answer to one question."""

    name = serializers.CharField(allow_blank=True)


class BatchSerializer(serializers.Serializer[Any]):
    """Answers, in the order of the questions."""

    widgets = WidgetSerializer(many=True)
    took_ms = serializers.FloatField()


@dataclass(frozen=True, slots=True)
class Widget:
    """A checked question."""

    name: str
    asked: RecommendationRequest


def parse_batch_body(body: Any, *, scenarios: Collection[str]) -> list[Widget]:
    """Check the body; raises InvalidRowError."""
    fields = values.Fields(values.require_object(body))
    fields.refuse_unknown((*SHARED, "widgets"))
    sent = fields.values.get("widgets")
    if not isinstance(sent, list) or not 1 <= len(sent) <= MAX_WIDGETS:
        fault = values.Fault if sent else values.Missing
        fields.errors["widgets"] = fault(f"Send a list of 1 to {MAX_WIDGETS} widgets.")
        fields.finish()
    shared = {name: fields.values[name] for name in SHARED if name in fields.values}
    widgets = []
    for number, each in enumerate(sent or []):
        try:
            widgets.append(_widget(each, shared, scenarios))
        except values.InvalidRowError as error:
            fields.errors |= dict(_named(error.errors, each, shared, number))
    fields.finish()
    return widgets


def _widget(sent: Any, shared: Mapping[str, Any], scenarios: Collection[str]) -> Widget:
    own = values.Fields(values.require_object(sent))
    name = own.read("name", _name, "")
    if "paging" in sent:
        message = "There is no such field: widgets have one page."
        own.errors["paging"] = values.UnknownField(message)
    own.finish()
    question = {**shared, **{key: value for key, value in sent.items() if key != "name"}}
    return Widget(name, parse_recommendation_body(question, scenarios=scenarios))


def _name(value: Any) -> str:
    return values.text(value, max_length=100)


def _named(
    errors: Mapping[str, str], sent: Any, shared: Mapping[str, Any], number: int
) -> Iterator[tuple[str, str]]:
    """Give the errors under the names that were sent: of the widget, or of what is shared."""
    own = sent if isinstance(sent, dict) else {}
    for field, message in errors.items():
        outer = field.partition(".")[0]
        is_shared = outer in shared and outer not in own
        yield (field if is_shared else f"widgets[{number}].{field}".rstrip(".")), message


class BatchView(APIView):
    """Several answers for one page of the shop."""

    required_scopes = ("recommend",)
    parser_classes = (OrjsonParser,)
    max_body_bytes = MAX_QUESTION_BYTES

    @extend_schema(
        operation_id="recommend_batch",
        tags=["Recommendations"],
        request=BatchRequestSerializer,
        examples=[
            OpenApiExample("Two widgets", value=QUESTION, request_only=True),
            OpenApiExample("Answers", value=EXAMPLE, response_only=True),
        ],
        responses=BatchSerializer,
    )
    def post(self, request: Request) -> HttpResponse:
        """Ask up to 10 questions for one page; no product comes twice.

        Each widget is a request for recommendations; a product goes to the first one that shows
        it. `user_id`, `visitor_id`, `context`, `exclude_product_ids` and `fields` beside `widgets`
        count for all that do not say otherwise.
        """
        started = time.perf_counter()
        now = timezone.now()
        names = merchandising_cache.get(now=now).scenarios
        with field_errors():
            widgets = parse_batch_body(request.data, scenarios=names)
        warm_up([each.asked.arguments for each in widgets], now=now)
        shown: list[str] = []
        answers = []
        for each in widgets:
            answer = recommend(**each.asked.arguments, shown_product_ids=shown, now=now)
            shown += [result.product_id for result in answer.results]
            body = body_of(request, answer, with_products=each.asked.with_products)
            answers.append({"name": each.name, **body})
        took_ms = round((time.perf_counter() - started) * 1000, 2)
        bytes_out = orjson.dumps({"widgets": answers, "took_ms": took_ms})
        return HttpResponse(bytes_out, content_type="application/json", headers=PRIVATE)
