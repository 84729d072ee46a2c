"""Why a product stood in an answer, and why another did not."""

from uuid import UUID

import orjson
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from catalog.converters import ExternalIdView
from fusion.api.answers import PRODUCT_ID
from fusion.serializers import EvidenceSerializer, NoteSerializer
from fusion.serving.explanations import Why, explain, find_served_list

WHY_NOT = {
    "recommendation_id": "8f0c2c5e-6d5c-4c43-9b6e-0f5a3f2f8f11",
    "product_id": "0042",
    "verdict": "outranked",
    "detail": "Ranked 61st; the list had 20.",
    "is_shown": False,
    "places": 20,
    "place": None,
    "rank": 61,
    "score": 1.25,
    "contributions": {"behaviour": 0.25, "text": 0.75, "image": 0.25},
    "reasons": [],
    "evidence": {"text": {"product_id": "0007", "similarity": 0.41}},
    "filters": [],
    "model_version": 7,
    "explained_by": 7,
}


class AnswerNotKeptError(NotFound):
    """Nothing is kept of an answer."""

    default_code = "answer_not_kept"
    default_detail = "Nothing is kept of the answer with this recommendation_id."


class ExplanationSerializer(serializers.Serializer[object]):
    """What decided about one product."""

    recommendation_id = serializers.UUIDField()
    product_id = serializers.CharField()
    verdict = serializers.ChoiceField(list(Why))
    detail = serializers.CharField(help_text="For people.")
    is_shown = serializers.BooleanField()
    places = serializers.IntegerField(help_text="Products the answer had.")
    place = serializers.IntegerField(allow_null=True, help_text="Of a product that was shown.")
    rank = serializers.IntegerField(
        allow_null=True, help_text="In the model's ranking of all products, before rules and caps."
    )
    score = serializers.FloatField(allow_null=True)
    contributions = serializers.DictField(child=serializers.FloatField())
    reasons = NoteSerializer(many=True)
    evidence = serializers.DictField(child=EvidenceSerializer())
    filters = serializers.ListField(
        child=serializers.CharField(), help_text="Filters that the product does not meet."
    )
    model_version = serializers.IntegerField(allow_null=True, help_text="That made the answer.")
    explained_by = serializers.IntegerField(
        allow_null=True, help_text="The version that was asked for rank and evidence now."
    )


class ExplanationView(ExternalIdView):
    """One product and one answer."""

    required_scopes = ("recommend",)

    @extend_schema(
        operation_id="get_explanation",
        tags=["Recommendations"],
        parameters=[
            OpenApiParameter(
                "recommendation_id",
                UUID,
                OpenApiParameter.PATH,
                description="Of an answer given before.",
            ),
            PRODUCT_ID,
        ],
        examples=[OpenApiExample("Why not", value=WHY_NOT, response_only=True)],
        responses=ExplanationSerializer,
    )
    def get(self, request: Request, recommendation_id: UUID, product_id: str) -> HttpResponse:
        """Ask why a product stood in an answer, or why it did not.

        `verdict` names what decided. Shopper, history and rules are taken as they were when the
        answer was made, the catalogue as it is now.
        """
        served = find_served_list(recommendation_id)
        if served is None:
            raise AnswerNotKeptError
        body = orjson.dumps(explain(served, product_id))
        headers = {"Cache-Control": "private, no-store"}
        return HttpResponse(body, content_type="application/json", headers=headers)
