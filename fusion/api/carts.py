"""Products that go with a cart."""

from collections.abc import Collection, Mapping
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
from fusion.api.answers import ANSWER, MAX_QUESTION_BYTES, json_answer
from fusion.recommendation_request import RecommendationRequest, parse_recommendation_body
from fusion.serializers import (
    SCENARIO,
    RecommendationRequestSerializer,
    RecommendationSerializer,
)
from fusion.serving.merchandising import merchandising_cache
from fusion.serving.recommend import recommend

CART = "cart"
UNASKED = ("context", "paging")
SENT_AS = {"context.product_ids": "product_ids"}
QUESTION = {"product_ids": ["0042", "0043"], "user_id": "c-0815", "limit": 6}


class CartRequestSerializer(RecommendationRequestSerializer):
    """A cart, and whose it is."""

    product_ids = serializers.ListField(
        child=serializers.CharField(),
        help_text="What lies in the cart, newest last. Steers the ranking, is not shown.",
    )
    scenario = serializers.CharField(default=CART, help_text=SCENARIO)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Leave out the context: that is the cart."""
        return {name: each for name, each in super().get_fields().items() if name not in UNASKED}


def parse_cart_body(body: Any, *, scenarios: Collection[str]) -> RecommendationRequest:
    """Check the body: that of a request for recommendations, with the cart as its context.

    Raises:
        InvalidRowError: names each field that is wrong, and what to send instead.
    """
    sent = values.require_object(body)
    _require_cart(sent)
    rest = {name: value for name, value in sent.items() if name != "product_ids"}
    question = {"scenario": CART, **rest, "context": {"product_ids": sent["product_ids"]}}
    try:
        return parse_recommendation_body(question, scenarios=scenarios)
    except values.InvalidRowError as error:
        errors = {SENT_AS.get(name, name): text for name, text in error.errors.items()}
        raise values.InvalidRowError(errors) from None


def _require_cart(sent: Mapping[str, Any]) -> None:
    errors: dict[str, str] = {}
    if not sent.get("product_ids"):
        message = "Missing: send what lies in the cart, at least one id."
        errors["product_ids"] = values.Missing(message)
    if "context" in sent:
        errors["context"] = values.UnknownField("There is no such field. The cart is the context.")
    if "paging" in sent:
        message = "There is no such field: ask for the whole list at once."
        errors["paging"] = values.UnknownField(message)
    if errors:
        raise values.InvalidRowError(errors)


class CartRecommendationsView(APIView):
    """Products that go with a cart."""

    required_scopes = ("recommend",)
    parser_classes = (OrjsonParser,)
    max_body_bytes = MAX_QUESTION_BYTES

    @extend_schema(
        operation_id="recommend_for_cart",
        tags=["Recommendations"],
        request=CartRequestSerializer,
        examples=[
            OpenApiExample("A cart of two", value=QUESTION, request_only=True),
            OpenApiExample("Answer", value=ANSWER | {"scenario": CART}, response_only=True),
        ],
        responses=RecommendationSerializer,
    )
    def post(self, request: Request) -> HttpResponse:
        """Ask what goes with several products at once; changes nothing.

        The products of the cart steer the ranking together with the shopper's history.
        """
        now = timezone.now()
        names = merchandising_cache.get(now=now).scenarios
        with field_errors():
            asked = parse_cart_body(request.data, scenarios=names)
        answer = recommend(**asked.arguments, now=now)
        return json_answer(request, answer, with_products=asked.with_products)
