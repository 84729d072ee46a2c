"""The shapes of requests and answers, for the API's description.

Requests are checked by `users.event_data`, the same for REST and for files.
"""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from catalog.serializers import PriceField
from catalog.values import MAX_INTEGER
from users.event_data import MAX_AHEAD, MAX_VALUE
from users.models import EventKind, ShopperKind


@extend_schema_field({"oneOf": [{"type": "string", "format": "date-time"}, {"type": "number"}]})
class MomentField(serializers.DateTimeField):
    """A time as clients send it."""


class EventSerializer(serializers.Serializer[Any]):
    """One thing a shopper did to a product."""

    event_id = serializers.CharField(
        max_length=128,
        required=False,
        allow_blank=True,
        help_text="Your own id of the event: a retry with the same id changes nothing. "
        "Without one, an event that says exactly the same is the same event.",
    )
    user_id = serializers.CharField(
        max_length=128,
        required=False,
        allow_blank=True,
        help_text="The customer. This or visitor_id is needed.",
    )
    visitor_id = serializers.CharField(
        max_length=128,
        required=False,
        allow_blank=True,
        help_text="The visitor, before the log-in.",
    )
    product_id = serializers.CharField(max_length=128, help_text="It may be unknown yet.")
    kind = serializers.ChoiceField(EventKind.choices)
    occurred_at = MomentField(
        required=False,
        help_text="ISO 8601, or unix seconds or milliseconds; at most "
        f"{MAX_AHEAD.days} days ahead. Default: now.",
    )
    value = serializers.FloatField(
        required=False,
        min_value=-MAX_VALUE,
        max_value=MAX_VALUE,
        help_text="A rating needs it.",
    )
    quantity = serializers.IntegerField(
        required=False, min_value=1, max_value=MAX_INTEGER, help_text="Default: 1."
    )
    price = PriceField(required=False, help_text="Of one piece.")
    recommendation_id = serializers.UUIDField(
        required=False, help_text="The id of the answer that led here, as it came."
    )


class EventsSerializer(serializers.Serializer[Any]):
    """Up to 1,000 events."""

    events = EventSerializer(many=True)


class EventVerdictSerializer(serializers.Serializer[Any]):
    """What became of one event."""

    index = serializers.IntegerField(help_text="Position in the call, from 0.")
    event_id = serializers.CharField(
        required=False,
        help_text="Yours, else the one it got. Missing where a rejected row has none.",
    )
    status = serializers.ChoiceField(["accepted", "duplicate", "quarantined", "rejected"])
    reason = serializers.CharField(required=False, help_text="What to send instead.")


class EventVerdictsSerializer(serializers.Serializer[Any]):
    """What became of a call."""

    results = EventVerdictSerializer(many=True)
    accepted = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    quarantined = serializers.IntegerField(help_text="Kept; their products are not known yet.")
    rejected = serializers.IntegerField()


class CustomerSerializer(serializers.Serializer[Any]):
    """A customer as known."""

    user_id = serializers.CharField()
    created_at = serializers.DateTimeField()


class MergeRequestSerializer(serializers.Serializer[Any]):
    """A visitor logged in."""

    visitor_id = serializers.CharField(max_length=128)
    user_id = serializers.CharField(max_length=128)


class MergeSerializer(MergeRequestSerializer):
    """What a merge did."""

    num_events_moved = serializers.IntegerField()


class ErasureReceiptSerializer(serializers.Serializer[Any]):
    """What was deleted; it names no one."""

    receipt_id = serializers.UUIDField()
    erased_at = serializers.DateTimeField()
    num_events = serializers.IntegerField()
    num_served_lists = serializers.IntegerField(help_text="Answers that were shown to them.")
    num_visitors = serializers.IntegerField(help_text="That had become this customer.")
    num_rows = serializers.IntegerField(help_text="Of every table, these included.")
    model_versions = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="Versions that learned from the events. They name no one; the next training "
        "no longer sees the events.",
    )


class ExportedShopperSerializer(serializers.Serializer[Any]):
    """A name the shopper is known by."""

    kind = serializers.ChoiceField(ShopperKind.choices)
    id = serializers.CharField()
    created_at = serializers.DateTimeField()
    merged_into = serializers.CharField(allow_null=True)


class ExportedEventSerializer(serializers.Serializer[Any]):
    """Something the shopper did."""

    product_id = serializers.CharField()
    event_id = serializers.UUIDField()
    kind = serializers.ChoiceField(EventKind.choices)
    value = serializers.FloatField(allow_null=True)
    quantity = serializers.IntegerField()
    price = serializers.CharField(allow_null=True, help_text="A decimal number.")
    recommendation_id = serializers.UUIDField(allow_null=True)
    occurred_at = serializers.DateTimeField()
    received_at = serializers.DateTimeField()


class ExportSerializer(serializers.Serializer[Any]):
    """All that is kept of a shopper."""

    shoppers = ExportedShopperSerializer(
        many=True, help_text="The shopper, and the visitors that became this customer."
    )
    events = ExportedEventSerializer(many=True)
    served_lists = serializers.ListField(
        child=serializers.DictField(), help_text="Answers that were shown to them."
    )
