"""The shapes of recommendation requests and answers, for the API's description.

Requests are checked by `fusion.recommendation_request`.
"""

from typing import Any

from rest_framework import serializers

from fusion.models import FallbackPolicy, SeenPolicy
from fusion.models.merchandising import MAX_WEIGHT
from fusion.request_values import DEFAULT_LIMIT, MAX_IDS, MAX_LIMIT, PRODUCT
from fusion.serving.recommend import HOME
from fusion.serving.results import Explain, Reason, Step

USER_ID = "The customer. One you never told us of is fine."
VISITOR_ID = "The visitor, before the log-in. Counts where no such customer is known."
SCENARIO = (
    "Where in the shop the answer is shown; the names are those of the admin. It sets what "
    "this request does not say."
)
DIVERSITY = "0: by score alone. 1: nothing that is like what stands above it."
EXPLAIN = (
    "`contributions`: what each branch adds to the score. `evidence`: also the product of the "
    "shopper's history that is nearest, by branch. `none`: neither."
)
WEIGHTS = (
    "Factors from 0 to 10 on the weights of branches; a branch not named counts 1. Not all may "
    "be 0."
)
SEEN = "Whether products the shopper bought, or had to do with, are shown again."
CAP = "Products over it come after all others."
EXPLORATION = "Share of the places, 0 to 1, for products that nobody knows yet."
FALLBACK = (
    "`full`: whatever happens there is an answer. `popular`: no list made before the shopper's "
    "last event. `none`: the model or nothing."
)
CATEGORY = "Path of a category: only products of it, or below it, are shown."
PAGING = "Whether the answer has further pages: then `cursor` leads to the next one."
EXCLUDE = f"Products not to show, at most {MAX_IDS}."
LIST = "Several: the name several times, not one text with commas."
CONTEXT = "What the shopper looks at right now, newest last. Steers the ranking, is not shown."

STEPS = list(Step)  # one name for it in the API's description


class ContextSerializer(serializers.Serializer[Any]):
    """Where in the shop the shopper is."""

    product_ids = serializers.ListField(
        child=serializers.CharField(), required=False, help_text=CONTEXT
    )


class FilterSerializer(serializers.Serializer[Any]):
    """Which products may be shown."""

    category = serializers.CharField(
        max_length=500, required=False, allow_blank=True, help_text=CATEGORY
    )
    brands = serializers.ListField(
        child=serializers.CharField(), required=False, help_text="Any of these."
    )
    min_price = serializers.FloatField(required=False, min_value=0)
    max_price = serializers.FloatField(required=False, min_value=0)
    attributes = serializers.DictField(
        child=serializers.CharField(), required=False, help_text="Names and values, all of them."
    )


class RecommendationRequestSerializer(serializers.Serializer[Any]):
    """Who asks for what."""

    user_id = serializers.CharField(
        max_length=128, required=False, allow_blank=True, help_text=USER_ID
    )
    visitor_id = serializers.CharField(
        max_length=128, required=False, allow_blank=True, help_text=VISITOR_ID
    )
    scenario = serializers.CharField(default=HOME, help_text=SCENARIO)
    limit = serializers.IntegerField(min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT)
    # DRF takes declared fields off the class, so they hide none of its own attributes.
    context = ContextSerializer(required=False)  # type: ignore[assignment]
    filter = FilterSerializer(required=False)
    exclude_product_ids = serializers.ListField(
        child=serializers.CharField(), required=False, help_text=EXCLUDE
    )
    weights = serializers.DictField(
        child=serializers.FloatField(min_value=0, max_value=MAX_WEIGHT),
        required=False,
        help_text=WEIGHTS,
    )
    diversity = serializers.FloatField(
        min_value=0, max_value=1, required=False, help_text=DIVERSITY
    )
    seen_policy = serializers.ChoiceField(SeenPolicy.values, required=False, help_text=SEEN)
    max_per_brand = serializers.IntegerField(
        min_value=1, max_value=MAX_LIMIT, required=False, help_text=CAP
    )
    max_per_category = serializers.IntegerField(
        min_value=1, max_value=MAX_LIMIT, required=False, help_text=CAP
    )
    exploration = serializers.FloatField(
        min_value=0, max_value=1, required=False, help_text=EXPLORATION
    )
    fallback = serializers.ChoiceField(FallbackPolicy.values, required=False, help_text=FALLBACK)
    paging = serializers.BooleanField(default=False, help_text=PAGING)
    explain = serializers.ChoiceField(
        list(Explain), default=str(Explain.CONTRIBUTIONS), help_text=EXPLAIN
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Add `fields`, a name that a serializer keeps for itself."""
        chosen = serializers.ListField(
            child=serializers.ChoiceField([PRODUCT]),
            required=False,
            help_text="`product` adds title, picture, price and page of each product.",
        )
        return super().get_fields() | {"fields": chosen}


class ProductCardSerializer(serializers.Serializer[Any]):
    """What a storefront needs to draw a product."""

    title = serializers.CharField()
    url = serializers.CharField()
    image_url = serializers.CharField(allow_null=True)
    price = serializers.FloatField(allow_null=True)
    currency = serializers.CharField()
    category = serializers.CharField()


class NoteSerializer(serializers.Serializer[Any]):
    """One reason for a place; which further fields there are depends on the code."""

    code = serializers.CharField()
    rule_id = serializers.IntegerField(required=False)
    rule = serializers.CharField(required=False, help_text="Name of the shop's rule.")
    place = serializers.IntegerField(required=False)
    factor = serializers.FloatField(required=False)
    cap = serializers.CharField(required=False)
    support = serializers.IntegerField(required=False)
    confidence = serializers.FloatField(required=False)
    lift = serializers.FloatField(required=False)


class EvidenceSerializer(serializers.Serializer[Any]):
    """The product of the history that one branch finds most alike."""

    product_id = serializers.CharField()
    similarity = serializers.FloatField(help_text="-1 to 1.")


class ResultSerializer(serializers.Serializer[Any]):
    """One product of an answer."""

    product_id = serializers.CharField()
    rank = serializers.IntegerField(help_text="From 1.")
    score = serializers.FloatField(help_text="Compares only within one answer and source.")
    source = serializers.ChoiceField(  # type: ignore[assignment]  # see `context`
        STEPS, help_text="The step that found it."
    )
    contributions = serializers.DictField(
        child=serializers.FloatField(),
        help_text="By branch, and what rules and diversity add; together they are the score.",
    )
    reasons = NoteSerializer(many=True, help_text="What moved it to its place.")
    evidence = serializers.DictField(
        child=EvidenceSerializer(), help_text="By branch, where it was asked for."
    )
    product = ProductCardSerializer(required=False)


class FallbackSerializer(serializers.Serializer[Any]):
    """Which step answered."""

    level = serializers.ChoiceField(STEPS, help_text="The step that found the first product.")
    reason = serializers.ChoiceField(list(Reason), help_text="Why the model did not; else empty.")


class RecommendationSerializer(serializers.Serializer[Any]):
    """One answer."""

    recommendation_id = serializers.UUIDField(
        help_text="Send it with the events that follow: it ties clicks to answers."
    )
    scenario = serializers.CharField()
    model_version = serializers.IntegerField(allow_null=True)
    results = ResultSerializer(many=True)
    fallback = FallbackSerializer()
    took_ms = serializers.FloatField()
    cursor = serializers.CharField(
        required=False, allow_null=True, help_text="Where paging was asked for; null at the end."
    )
