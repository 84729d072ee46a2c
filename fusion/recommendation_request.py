"""A request for recommendations as a client sent it, checked and typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from catalog import values
from fusion import request_values
from fusion.serving.circumstances import Scenario
from fusion.serving.recommend import FallbackPolicy

NESTED = ("context", "filter")
COMMON_NAMES = (
    "user_id",
    "visitor_id",
    "scenario",
    "limit",
    "exclude_product_ids",
    "fallback",
    "fields",
)


@dataclass(frozen=True, slots=True)
class RecommendationRequest:
    """A checked request.

    Attributes:
        arguments: of `recommend`.
        with_products: whether to describe each product too.
    """

    arguments: dict[str, Any]
    with_products: bool


def parse_recommendation_query(query: QueryDict) -> RecommendationRequest:
    """Check a query string.

    Raises:
        InvalidRowError: names each field that is wrong, and what to send instead.
    """
    return _checked(
        request_values.from_query(query), context="context_product_ids", category="category"
    )


def parse_recommendation_body(body: Any) -> RecommendationRequest:
    """Check a JSON body, whose context and filter are objects of their own.

    Raises:
        InvalidRowError: names each field that is wrong, and what to send instead.
    """
    flat = _flat(values.require_object(body))
    return _checked(flat, context="context.product_ids", category="filter.category")


def _flat(body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a body's values, those of `context` and `filter` under names with a point."""
    flat = {name: value for name, value in body.items() if name not in NESTED}
    for outer in NESTED:
        inner = body.get(outer)
        if not isinstance(inner, Mapping | None):
            message = f"Send an object, not {values.json_word(inner)}."
            raise values.InvalidRowError({outer: message})
        flat |= {f"{outer}.{name}": value for name, value in (inner or {}).items()}
    return flat


def _checked(sent: Mapping[str, Any], *, context: str, category: str) -> RecommendationRequest:
    """Check values; `context` and `category` are the names they were sent under."""
    fields = values.Fields(sent)
    fields.refuse_unknown((*COMMON_NAMES, context, category))
    arguments = {
        "user_id": fields.read("user_id", values.identifier, None),
        "visitor_id": fields.read("visitor_id", values.identifier, None),
        "scenario": fields.read("scenario", request_values.one_of(Scenario), Scenario.HOME),
        "limit": fields.read("limit", request_values.limit, request_values.DEFAULT_LIMIT),
        "exclude_product_ids": fields.read("exclude_product_ids", request_values.ids, ()),
        "context_product_ids": fields.read(context, request_values.ids, ()),
        "category": fields.read(category, request_values.category, None),
        "fallback": fields.read(
            "fallback", request_values.one_of(FallbackPolicy), FallbackPolicy.FULL
        ),
    }
    with_products = fields.read("fields", request_values.extra_fields, False)
    fields.finish()
    return RecommendationRequest(arguments, with_products)
