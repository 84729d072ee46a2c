"""A request for recommendations as a client sent it, checked and typed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from django.http import QueryDict

from catalog import values
from fusion.serving.circumstances import Scenario
from fusion.serving.recommend import FallbackPolicy

Choice = TypeVar("Choice", bound=StrEnum)

MAX_LIMIT = 100
DEFAULT_LIMIT = 20
MAX_IDS = 500
PRODUCT = "product"
LISTS = ("exclude_product_ids", "context_product_ids", "fields")
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


class By(StrEnum):
    """What decides that two products are alike."""

    FUSED = "fused"
    BEHAVIOUR = "behaviour"
    TEXT = "text"
    IMAGE = "image"


@dataclass(frozen=True, slots=True)
class RecommendationRequest:
    """A checked request.

    Attributes:
        arguments: of `recommend`.
        with_products: whether to describe each product too.
    """

    arguments: dict[str, Any]
    with_products: bool


@dataclass(frozen=True, slots=True)
class SimilarRequest:
    """A checked request for similar products."""

    by: By
    limit: int
    with_products: bool


def parse_recommendation_query(query: QueryDict) -> RecommendationRequest:
    """Check a query string.

    Raises:
        InvalidRowError: names each field that is wrong, and what to send instead.
    """
    return _checked(_from_query(query), context="context_product_ids", category="category")


def parse_recommendation_body(body: Any) -> RecommendationRequest:
    """Check a JSON body, whose context and filter are objects of their own.

    Raises:
        InvalidRowError: names each field that is wrong, and what to send instead.
    """
    flat = _flat(values.require_object(body))
    return _checked(flat, context="context.product_ids", category="filter.category")


def parse_similar_query(query: QueryDict) -> SimilarRequest:
    """Check the query string of a request for similar products; raises InvalidRowError."""
    fields = values.Fields(_from_query(query))
    fields.refuse_unknown(("by", "limit", "fields"))
    request = SimilarRequest(
        by=fields.read("by", _one_of(By), By.FUSED),
        limit=fields.read("limit", _limit, DEFAULT_LIMIT),
        with_products=fields.read("fields", _extra_fields, False),
    )
    fields.finish()
    return request


def _from_query(query: QueryDict) -> dict[str, Any]:
    """Return a query string's values; a list is a name given several times."""
    return {name: query.getlist(name) if name in LISTS else query[name] for name in query}


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
        "scenario": fields.read("scenario", _one_of(Scenario), Scenario.HOME),
        "limit": fields.read("limit", _limit, DEFAULT_LIMIT),
        "exclude_product_ids": fields.read("exclude_product_ids", _ids, ()),
        "context_product_ids": fields.read(context, _ids, ()),
        "category": fields.read(category, _category, None),
        "fallback": fields.read("fallback", _one_of(FallbackPolicy), FallbackPolicy.FULL),
    }
    with_products = fields.read("fields", _extra_fields, False)
    fields.finish()
    return RecommendationRequest(arguments, with_products)


def _one_of(choices: type[Choice]) -> Callable[[Any], Choice]:
    def parse(value: Any) -> Choice:
        try:
            return choices(value)
        except ValueError:
            known = ", ".join(choices)
            raise ValueError(f"{str(value)[:40]!r} is unknown: send one of {known}.") from None

    return parse


def _limit(value: Any) -> int:
    return values.whole_number(value, maximum=MAX_LIMIT)


def _ids(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"Send a list of ids, not {values.json_word(value)}.")
    if len(value) > MAX_IDS:
        raise ValueError(f"Send at most {MAX_IDS} ids, not {len(value):,}.")
    return tuple(values.identifier(each) for each in value)


def _category(value: Any) -> str:
    return values.text(value, max_length=500)


def _extra_fields(value: Any) -> bool:
    names = value if isinstance(value, list) else [value]
    if set(map(str, names)) - {PRODUCT}:
        raise ValueError(f"Only {PRODUCT!r} can be added.")
    return bool(names)
