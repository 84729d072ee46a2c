"""Products that shoppers turn to at the moment."""

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from catalog.answers import field_errors
from fusion.api.answers import ANSWER, FIELDS, LIMIT, json_answer
from fusion.api.listing_query import parse_listing_query
from fusion.serializers import CATEGORY, RecommendationSerializer
from fusion.serving.filters import ProductFilter
from fusion.serving.listings import trending_products
from fusion.serving.popular import Window

EXAMPLE = ANSWER | {
    "scenario": "trending",
    "model_version": None,
    "results": [
        {
            "product_id": "0042",
            "rank": 1,
            "score": 118.4,
            "source": "trending",
            "contributions": {"popularity": 118.4},
            "reasons": [],
            "evidence": {},
        }
    ],
    "fallback": {"level": "trending", "reason": "not_asked"},
}


class TrendingView(APIView):
    """Products that shoppers turn to at the moment."""

    required_scopes = ("recommend",)

    @extend_schema(
        operation_id="get_trending",
        tags=["Recommendations"],
        parameters=[
            OpenApiParameter("window", str, enum=list(Window), default=str(Window.DAY)),
            OpenApiParameter("category", str, description=CATEGORY),
            LIMIT,
            FIELDS,
        ],
        examples=[OpenApiExample("Answer", value=EXAMPLE, response_only=True)],
        responses=RecommendationSerializer,
    )
    def get(self, request: Request) -> HttpResponse:
        """Ask what shoppers turned to most in the last hour, day, week or month.

        A shopper counts once for a product: a purchase five times a view, and newer events more.
        The window ends with the shop's newest event; counts are at most some minutes old. Popular
        and new products fill up a short list.
        """
        with field_errors():
            asked = parse_listing_query(request.query_params, also=("window", "category"))
        answer = trending_products(
            window=asked.window,
            only=ProductFilter(category=asked.category),
            limit=asked.limit,
            now=timezone.now(),
        )
        return json_answer(request, answer, with_products=asked.with_products)
