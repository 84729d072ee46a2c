"""Recommendations over REST: a view checks the call, makes one call, and answers."""

from dataclasses import asdict, replace

import orjson
from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from catalog.answers import field_errors
from catalog.converters import ExternalIdView
from catalog.parsers import OrjsonParser
from fusion import serializers
from fusion.recommendation_request import (
    DEFAULT_LIMIT,
    By,
    RecommendationRequest,
    parse_recommendation_body,
    parse_recommendation_query,
    parse_similar_query,
)
from fusion.serializers import RecommendationRequestSerializer, RecommendationSerializer
from fusion.serving.circumstances import Scenario
from fusion.serving.product_cards import ProductCard, product_cards
from fusion.serving.recommend import FallbackPolicy, recommend, similar_products
from fusion.serving.results import Recommendation

ANSWER = {
    "recommendation_id": "8f0c2c5e-6d5c-4c43-9b6e-0f5a3f2f8f11",
    "scenario": "home",
    "model_version": 7,
    "results": [
        {
            "product_id": "0042",
            "rank": 1,
            "score": 3.25,
            "source": "model",
            "contributions": {"behaviour": 2.0, "text": 0.75, "image": 0.5},
        }
    ],
    "fallback": {"level": "model", "reason": ""},
    "took_ms": 4.1,
}
QUESTION = {
    "user_id": "c-0815",
    "scenario": "product",
    "context": {"product_ids": ["0042"]},
    "filter": {"category": "Home > Lamps"},
    "exclude_product_ids": ["0007"],
    "limit": 12,
    "fields": ["product"],
}
LIMIT = OpenApiParameter("limit", int, default=DEFAULT_LIMIT, description="1 to 100.")
MAX_QUESTION_BYTES = 256 * 1024
FIELDS = OpenApiParameter(
    "fields", str, enum=["product"], description="Adds title, picture, price and page."
)


def _card(request: Request, card: ProductCard) -> ProductCard:
    """Give the picture a whole address: a storefront lives on another server."""
    if card.image_url is None:
        return card
    return replace(card, image_url=request.build_absolute_uri(card.image_url))


def _answer(request: Request, answer: Recommendation, *, with_products: bool) -> HttpResponse:
    """Return ready bytes: DRF's rendering would cost more than a cached answer itself."""
    body: Recommendation | dict[str, object] = answer
    if with_products:
        cards = product_cards([each.product_id for each in answer.results])
        results = [
            asdict(each) | {"product": _card(request, cards[each.product_id])}
            for each in answer.results
        ]
        body = asdict(answer) | {"results": results}
    # Made for one shopper at one moment.
    headers = {"Cache-Control": "private, no-store"}
    return HttpResponse(orjson.dumps(body), content_type="application/json", headers=headers)


class RecommendationsView(APIView):
    """Ranked products for one shopper."""

    required_scopes = ("recommend",)
    parser_classes = (OrjsonParser,)
    max_body_bytes = MAX_QUESTION_BYTES

    @extend_schema(
        operation_id="get_recommendations",
        tags=["Recommendations"],
        parameters=[
            OpenApiParameter("user_id", str, description=serializers.USER_ID),
            OpenApiParameter("visitor_id", str, description=serializers.VISITOR_ID),
            OpenApiParameter("scenario", str, enum=list(Scenario), default="home"),
            LIMIT,
            OpenApiParameter("category", str, description=serializers.CATEGORY),
            OpenApiParameter(
                "context_product_ids", str, many=True, description=serializers.CONTEXT
            ),
            OpenApiParameter(
                "exclude_product_ids", str, many=True, description=serializers.EXCLUDE
            ),
            OpenApiParameter(
                "fallback",
                str,
                enum=list(FallbackPolicy),
                default="full",
                description=serializers.FALLBACK,
            ),
            FIELDS,
        ],
        examples=[OpenApiExample("Answer", value=ANSWER, response_only=True)],
        responses=RecommendationSerializer,
    )
    def get(self, request: Request) -> HttpResponse:
        """Ask for products for one shopper; the simple case.

        Always 200 with products to show, as long as the shop has any: `fallback` says which
        step found them. A list of ids is the same name several times.
        """
        with field_errors():
            asked = parse_recommendation_query(request.query_params)
        return self._recommend(request, asked)

    @extend_schema(
        operation_id="post_recommendations",
        tags=["Recommendations"],
        request=RecommendationRequestSerializer,
        examples=[
            OpenApiExample("On a product page", value=QUESTION, request_only=True),
            OpenApiExample("Answer", value=ANSWER, response_only=True),
        ],
        responses=RecommendationSerializer,
    )
    def post(self, request: Request) -> HttpResponse:
        """Ask for products for one shopper; changes nothing.

        Always 200 with products to show, as long as the shop has any: `fallback` says which
        step found them.
        """
        with field_errors():
            asked = parse_recommendation_body(request.data)
        return self._recommend(request, asked)

    def _recommend(self, request: Request, asked: RecommendationRequest) -> HttpResponse:
        answer = recommend(**asked.arguments, now=timezone.now())
        return _answer(request, answer, with_products=asked.with_products)


class SimilarProductsView(ExternalIdView):
    """Products like one product."""

    required_scopes = ("recommend",)

    @extend_schema(
        operation_id="get_similar_products",
        tags=["Recommendations"],
        parameters=[
            OpenApiParameter(
                "product_id",
                str,
                OpenApiParameter.PATH,
                description="The shop's own id, percent-encoded.",
            ),
            OpenApiParameter("by", str, enum=list(By), default="fused"),
            LIMIT,
            FIELDS,
        ],
        responses=RecommendationSerializer,
    )
    def get(self, request: Request, product_id: str) -> HttpResponse:
        """Ask for products like one product, judged by one branch or by all.

        An unknown product is answered with popular ones, and `fallback` says so.
        """
        with field_errors():
            asked = parse_similar_query(request.query_params)
        answer = similar_products(product_id, by=asked.by, limit=asked.limit, now=timezone.now())
        return _answer(request, answer, with_products=asked.with_products)
