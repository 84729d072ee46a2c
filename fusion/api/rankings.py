"""A shopper's order of given products."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.views import APIView

from catalog import values
from catalog.answers import field_errors
from catalog.parsers import OrjsonParser
from fusion import request_values
from fusion.api.answers import ANSWER, MAX_QUESTION_BYTES, json_answer
from fusion.recommendation_request import known_name, read_weights
from fusion.serializers import (
    CONTEXT,
    SCENARIO,
    USER_ID,
    VISITOR_ID,
    WEIGHTS,
    RecommendationSerializer,
)
from fusion.serving.merchandising import merchandising_cache
from fusion.serving.rerank import SEARCH, rerank

NAMES = (
    "product_ids", "user_id", "visitor_id", "context_product_ids", "weights", "scenario", "fields"
)  # fmt: skip
QUESTION = {"product_ids": ["0044", "0042", "0043"], "user_id": "c-0815"}
EXAMPLE = ANSWER | {
    "scenario": SEARCH,
    "results": [
        {
            "product_id": "0042",
            "rank": 1,
            "score": 1.5,
            "source": "model",
            "contributions": {"behaviour": 1.5},
            "reasons": [],
            "evidence": {},
        },
        {
            "product_id": "0044",
            "rank": 2,
            "score": 0.0,
            "source": "given",
            "contributions": {},
            "reasons": [{"code": "unknown_product"}],
            "evidence": {},
        },
    ],
}


class RankingRequestSerializer(serializers.Serializer[Any]):
    """Products to put in order, and for whom."""

    product_ids = serializers.ListField(
        child=serializers.CharField(),
        help_text=f"1 to {request_values.MAX_IDS} ids, best first as far as you know.",
    )
    user_id = serializers.CharField(max_length=128, required=False, help_text=USER_ID)
    visitor_id = serializers.CharField(max_length=128, required=False, help_text=VISITOR_ID)
    context_product_ids = serializers.ListField(
        child=serializers.CharField(), required=False, help_text=CONTEXT
    )
    weights = serializers.DictField(
        child=serializers.FloatField(min_value=0, max_value=10), required=False, help_text=WEIGHTS
    )
    scenario = serializers.CharField(default=SEARCH, help_text=SCENARIO)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add `fields`, a name that a serializer keeps for itself."""
        chosen = serializers.ListField(
            child=serializers.ChoiceField([request_values.PRODUCT]), required=False
        )
        return super().get_fields() | {"fields": chosen}


@dataclass(frozen=True, slots=True)
class RankingRequest:
    """A checked request; `arguments` are those of `rerank`."""

    arguments: dict[str, Any]
    with_products: bool


def parse_ranking_body(body: Any, *, scenarios: Collection[str]) -> RankingRequest:
    """Check the body; raises InvalidRowError."""
    fields = values.Fields(values.require_object(body))
    fields.refuse_unknown(NAMES)
    if not fields.values.get("product_ids"):
        fields.errors["product_ids"] = values.Missing("Missing: send the ids to put in order.")
    arguments = {
        "product_ids": fields.read("product_ids", request_values.ids, ()),
        "user_id": fields.read("user_id", values.identifier, None),
        "visitor_id": fields.read("visitor_id", values.identifier, None),
        "context_product_ids": fields.read("context_product_ids", request_values.ids, ()),
        "weights": read_weights(fields),
        "scenario": fields.read("scenario", known_name(scenarios), SEARCH),
    }
    with_products = fields.read("fields", request_values.extra_fields, False)
    fields.finish()
    return RankingRequest(arguments, with_products)


class RankingsView(APIView):
    """A shopper's order of given products."""

    required_scopes = ("recommend",)
    parser_classes = (OrjsonParser,)
    max_body_bytes = MAX_QUESTION_BYTES

    @extend_schema(
        operation_id="rank_products",
        tags=["Recommendations"],
        request=RankingRequestSerializer,
        examples=[
            OpenApiExample("What a search found", value=QUESTION, request_only=True),
            OpenApiExample("Answer", value=EXAMPLE, response_only=True),
        ],
        responses=RecommendationSerializer,
    )
    def post(self, request: Request) -> HttpResponse:
        """Put up to 500 products, found by a search for example, in the order for a shopper.

        The answer has every id you sent, each once, and no other. What the model does not rank
        follows at the end in the order you gave, with the source `given`; without a model that is
        everything. Rules, caps and filters have no say here: the list is yours.
        """
        now = timezone.now()
        names = merchandising_cache.get(now=now).scenarios
        with field_errors():
            asked = parse_ranking_body(request.data, scenarios=names)
        answer = rerank(**asked.arguments, now=now)
        return json_answer(request, answer, with_products=asked.with_products)
