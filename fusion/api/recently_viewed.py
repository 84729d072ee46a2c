"""Products that one shopper looked at."""

from django.http import HttpResponse
from django.utils import timezone
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    extend_schema,
    extend_schema_view,
)
from rest_framework.request import Request

from catalog.answers import field_errors
from catalog.converters import ExternalIdView
from fusion.api.answers import ANSWER, FIELDS, LIMIT, json_answer
from fusion.api.listing_query import parse_listing_query
from fusion.serializers import RecommendationSerializer
from fusion.serving.listings import recently_viewed_products

SHOPPER_ID = OpenApiParameter(
    "shopper_id", str, OpenApiParameter.PATH, description="The shop's own id, percent-encoded."
)


EXAMPLE = ANSWER | {
    "scenario": "recently_viewed",
    "model_version": None,
    "results": [
        {
            "product_id": "0042",
            "rank": 1,
            "score": 0.0,
            "source": "recently_viewed",
            "contributions": {},
            "reasons": [],
            "evidence": {},
        }
    ],
    "fallback": {"level": "recently_viewed", "reason": "not_asked"},
}


class RecentlyViewedView(ExternalIdView):
    """Products that the shopper of the address looked at."""

    required_scopes = ("recommend",)
    named_by: str  # user_id or visitor_id

    @extend_schema(
        tags=["Recommendations"],
        parameters=[SHOPPER_ID, LIMIT, FIELDS],
        examples=[OpenApiExample("Answer", value=EXAMPLE, response_only=True)],
        responses=RecommendationSerializer,
    )
    def get(self, request: Request, shopper_id: str) -> HttpResponse:
        """Ask what a shopper looked at last: the last one first, each product once.

        Nothing fills up a short list; of a shopper nobody knows it is empty.
        """
        with field_errors():
            asked = parse_listing_query(request.query_params)
        who = {self.named_by: shopper_id}
        answer = recently_viewed_products(**who, limit=asked.limit, now=timezone.now())
        return json_answer(request, answer, with_products=asked.with_products)


@extend_schema_view(get=extend_schema(operation_id="get_recently_viewed_by_user"))
class UserRecentlyViewedView(RecentlyViewedView):
    """What a customer looked at."""

    named_by = "user_id"


@extend_schema_view(get=extend_schema(operation_id="get_recently_viewed_by_visitor"))
class VisitorRecentlyViewedView(RecentlyViewedView):
    """What a visitor looked at."""

    named_by = "visitor_id"
