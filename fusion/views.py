"""Recommendations over REST: a view checks the call, makes one call, and answers."""

from collections.abc import Collection
from datetime import datetime

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from catalog.answers import field_errors
from catalog.parsers import OrjsonParser
from fusion import serializers
from fusion.api.answers import (
    ANSWER_EXAMPLE,
    FIELDS,
    LIMIT,
    MAX_QUESTION_BYTES,
    json_answer,
    json_bytes,
)
from fusion.models import FallbackPolicy
from fusion.recommendation_request import (
    RecommendationRequest,
    parse_recommendation_body,
    parse_recommendation_query,
)
from fusion.serializers import RecommendationRequestSerializer, RecommendationSerializer
from fusion.serving.merchandising import merchandising_cache
from fusion.serving.pages import first_page
from fusion.serving.recommend import recommend, recommend_json
from fusion.serving.results import Explain

QUESTION = {
    "user_id": "c-0815",
    "scenario": "product",
    "context": {"product_ids": ["0042"]},
    "filter": {"category": "Home > Lamps", "max_price": 120},
    "exclude_product_ids": ["0007"],
    "limit": 12,
    "weights": {"image": 2},
    "diversity": 0.3,
    "explain": "evidence",
    "fields": ["product"],
}


def scenarios(now: datetime) -> Collection[str]:
    """Return the names of the scenarios there are."""
    return merchandising_cache.get(now=now).scenarios


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
            OpenApiParameter("scenario", str, default="home", description=serializers.SCENARIO),
            LIMIT,
            OpenApiParameter("category", str, description=serializers.CATEGORY),
            OpenApiParameter(
                "context_product_ids",
                str,
                many=True,
                description=f"{serializers.CONTEXT} {serializers.LIST}",
            ),
            OpenApiParameter(
                "exclude_product_ids",
                str,
                many=True,
                description=f"{serializers.EXCLUDE} {serializers.LIST}",
            ),
            OpenApiParameter(
                "fallback",
                str,
                enum=FallbackPolicy.values,
                description=serializers.FALLBACK,
            ),
            OpenApiParameter("diversity", float, description=serializers.DIVERSITY),
            OpenApiParameter(
                "explain",
                str,
                enum=list(Explain),
                default="contributions",
                description=serializers.EXPLAIN,
            ),
            FIELDS,
            OpenApiParameter("paging", bool, default=False, description=serializers.PAGING),
        ],
        examples=[ANSWER_EXAMPLE],
        responses=RecommendationSerializer,
    )
    def get(self, request: Request) -> HttpResponse:
        """Ask for products for one shopper; the simple case.

        Always 200 with products to show, as long as the shop has any: `fallback` says which
        step found them. A list of ids is the same name several times.
        """
        now = timezone.now()
        with field_errors():
            asked = parse_recommendation_query(request.query_params, scenarios=scenarios(now))
        return self._recommend(request, asked, now)

    @extend_schema(
        operation_id="post_recommendations",
        tags=["Recommendations"],
        request=RecommendationRequestSerializer,
        examples=[
            OpenApiExample("On a product page", value=QUESTION, request_only=True),
            ANSWER_EXAMPLE,
        ],
        responses=RecommendationSerializer,
    )
    def post(self, request: Request) -> HttpResponse:
        """Ask for products for one shopper; changes nothing.

        Always 200 with products to show, as long as the shop has any: `fallback` says which
        step found them.
        """
        now = timezone.now()
        with field_errors():
            asked = parse_recommendation_body(request.data, scenarios=scenarios(now))
        return self._recommend(request, asked, now)

    def _recommend(
        self, request: Request, asked: RecommendationRequest, now: datetime
    ) -> HttpResponse:
        if asked.is_paged:
            page = first_page(asked.arguments, now=now)
            more = {"cursor": page.cursor}
            return json_answer(request, page.answer, with_products=asked.with_products, more=more)
        if asked.with_products:
            answer = recommend(**asked.arguments, now=now)
            return json_answer(request, answer, with_products=True)
        return json_bytes(recommend_json(**asked.arguments, now=now))
