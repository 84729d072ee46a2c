"""Products that are bought together with one product."""

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request

from catalog.answers import field_errors
from catalog.converters import ExternalIdView
from fusion.api.answers import ANSWER, FIELDS, LIMIT, PRODUCT_ID, json_answer
from fusion.api.listing_query import parse_listing_query
from fusion.serializers import RecommendationSerializer
from fusion.serving.listings import bought_together

EXAMPLE = ANSWER | {
    "scenario": "bought_together",
    "model_version": None,
    "results": [
        {
            "product_id": "0043",
            "rank": 1,
            "score": 0.31,
            "source": "bought_together",
            "contributions": {"bought_together": 0.31},
            "reasons": [
                {"code": "bought_together", "support": 31, "confidence": 0.22, "lift": 4.2}
            ],
            "evidence": {},
        }
    ],
    "fallback": {"level": "bought_together", "reason": "not_asked"},
}


class BoughtTogetherView(ExternalIdView):
    """Products that are bought together with one product."""

    required_scopes = ("recommend",)

    @extend_schema(
        operation_id="get_bought_together",
        tags=["Recommendations"],
        parameters=[PRODUCT_ID, LIMIT, FIELDS],
        examples=[OpenApiExample("Answer", value=EXAMPLE, response_only=True)],
        responses=RecommendationSerializer,
    )
    def get(self, request: Request, product_id: str) -> HttpResponse:
        """Ask what is bought together with a product; counted, so it needs no model.

        A basket is what a shopper bought on one day. `reasons` says in how many baskets both were
        (`support`), the share of the product's baskets that have the other one too (`confidence`),
        and how often that is compared with chance (`lift`). Similar and popular products fill up
        a short list.
        """
        with field_errors():
            asked = parse_listing_query(request.query_params)
        answer = bought_together(product_id, limit=asked.limit, now=timezone.now())
        return json_answer(request, answer, with_products=asked.with_products)
