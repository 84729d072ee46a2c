"""The shapes of recommendation requests and answers, for the API's description.

Requests are checked by `fusion.recommendation_request`.
"""

from typing import Any

from rest_framework import serializers

from fusion.request_values import DEFAULT_LIMIT, MAX_IDS, MAX_LIMIT, PRODUCT
from fusion.serving.circumstances import Scenario
from fusion.serving.recommend import FallbackPolicy
from fusion.serving.results import Reason, Step

USER_ID = "The customer. One you never told us of is fine."
VISITOR_ID = "The visitor, before the log-in. Counts where no such customer is known."
FALLBACK = (
    "`full`: whatever happens there is an answer. `popular`: no list made before the shopper's "
    "last event. `none`: the model or nothing."
)
CATEGORY = "Path of a category: only products of it, or below it, are shown."
EXCLUDE = f"Products not to show, at most {MAX_IDS}."
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


class RecommendationRequestSerializer(serializers.Serializer[Any]):
    """Who asks for what."""

    user_id = serializers.CharField(
        max_length=128, required=False, allow_blank=True, help_text=USER_ID
    )
    visitor_id = serializers.CharField(
        max_length=128, required=False, allow_blank=True, help_text=VISITOR_ID
    )
    scenario = serializers.ChoiceField(list(Scenario), default=str(Scenario.HOME))
    limit = serializers.IntegerField(min_value=1, max_value=MAX_LIMIT, default=DEFAULT_LIMIT)
    # DRF takes declared fields off the class, so they hide none of its own attributes.
    context = ContextSerializer(required=False)  # type: ignore[assignment]
    filter = FilterSerializer(required=False)
    exclude_product_ids = serializers.ListField(
        child=serializers.CharField(), required=False, help_text=EXCLUDE
    )
    fallback = serializers.ChoiceField(
        list(FallbackPolicy), default=str(FallbackPolicy.FULL), help_text=FALLBACK
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


class ResultSerializer(serializers.Serializer[Any]):
    """One product of an answer."""

    product_id = serializers.CharField()
    rank = serializers.IntegerField(help_text="From 1.")
    score = serializers.FloatField(help_text="Compares only within one answer and source.")
    source = serializers.ChoiceField(  # type: ignore[assignment]  # see `context`
        STEPS, help_text="The step that found it."
    )
    contributions = serializers.DictField(
        child=serializers.FloatField(), help_text="By branch; they add up to the score."
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
