"""Products like one product."""

from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse, QueryDict
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request

from catalog.answers import field_errors
from catalog.converters import ExternalIdView
from fusion import request_values
from fusion.api.answers import ANSWER_EXAMPLE, FIELDS, LIMIT, PRODUCT_ID, json_answer
from fusion.serializers import RecommendationSerializer
from fusion.serving.recommend import similar_products

FUSED = "fused"


def judges() -> list[str]:
    """Return what can decide that two products are alike: all branches together, or one."""
    return [FUSED, "behaviour", *settings.FUSION_MODALITIES]


@dataclass(frozen=True, slots=True)
class SimilarRequest:
    """A checked request for similar products."""

    by: str
    limit: int
    with_products: bool


def parse_similar_query(query: QueryDict) -> SimilarRequest:
    """Check the query string of a request for similar products; raises InvalidRowError."""
    fields = request_values.query_fields(query)
    fields.refuse_unknown(("by", "limit", "fields"))
    request = SimilarRequest(
        by=fields.read("by", _judge, FUSED),
        limit=fields.read("limit", request_values.limit, request_values.DEFAULT_LIMIT),
        with_products=fields.read("fields", request_values.extra_fields, False),
    )
    fields.finish()
    return request


def _judge(value: str) -> str:
    if value not in judges():
        raise ValueError(f"{value[:40]!r} is unknown: send one of {', '.join(judges())}.")
    return value


class SimilarProductsView(ExternalIdView):
    """Products like one product."""

    required_scopes = ("recommend",)

    @extend_schema(
        operation_id="get_similar_products",
        tags=["Recommendations"],
        parameters=[
            PRODUCT_ID,
            OpenApiParameter("by", str, enum=judges(), default=FUSED),
            LIMIT,
            FIELDS,
        ],
        examples=[ANSWER_EXAMPLE],
        responses=RecommendationSerializer,
    )
    def get(self, request: Request, product_id: str) -> HttpResponse:
        """Ask for products like one product, judged by one branch or by all.

        An unknown product is answered with popular ones, and `fallback` says so.
        """
        with field_errors():
            asked = parse_similar_query(request.query_params)
        answer = similar_products(product_id, by=asked.by, limit=asked.limit, now=timezone.now())
        return json_answer(request, answer, with_products=asked.with_products)
