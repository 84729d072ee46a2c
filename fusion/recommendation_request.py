"""A request for recommendations as a client sent it, checked and typed."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.http import QueryDict

from catalog import values
from fusion import request_values
from fusion.models import FallbackPolicy, SeenPolicy
from fusion.models.merchandising import MAX_WEIGHT
from fusion.serving.filters import ProductFilter, in_words
from fusion.serving.recommend import HOME
from fusion.serving.results import Explain

NESTED = ("context", "filter")
COMMON_NAMES = (
    "user_id",
    "visitor_id",
    "scenario",
    "limit",
    "exclude_product_ids",
    "fallback",
    "diversity",
    "explain",
    "fields",
    "paging",
)
BODY_NAMES = (
    "weights",
    "seen_policy",
    "max_per_brand",
    "max_per_category",
    "exploration",
    "filter.brands",
    "filter.min_price",
    "filter.max_price",
    "filter.attributes",
)
MAX_BRANDS = 50
MAX_ATTRIBUTES = 20


@dataclass(frozen=True, slots=True)
class RecommendationRequest:
    """A checked request.

    Attributes:
        arguments: of `recommend`.
        with_products: whether to describe each product too.
        is_paged: whether the answer has further pages.
    """

    arguments: dict[str, Any]
    with_products: bool
    is_paged: bool = False


def parse_recommendation_query(
    query: QueryDict, *, scenarios: Collection[str]
) -> RecommendationRequest:
    """Check a query string.

    Args:
        scenarios: the names there are.

    Raises:
        InvalidRowError: names each field that is wrong, and what to send instead.
    """
    fields = request_values.query_fields(query)
    fields.refuse_unknown((*COMMON_NAMES, "context_product_ids", "category"))
    more = {
        "only": ProductFilter(category=fields.read("category", request_values.category, None)),
        "exclude_product_ids": request_values.query_ids(fields, "exclude_product_ids"),
        "context_product_ids": request_values.query_ids(fields, "context_product_ids"),
    }
    return _checked(fields, more, scenarios=scenarios)


def parse_recommendation_body(body: Any, *, scenarios: Collection[str]) -> RecommendationRequest:
    """Check a JSON body, whose context and filter are objects of their own.

    Args:
        scenarios: the names there are.

    Raises:
        InvalidRowError: names each field that is wrong, and what to send instead.
    """
    fields = values.Fields(_flat(values.require_object(body)))
    names = (*COMMON_NAMES, *BODY_NAMES, "context.product_ids", "filter.category")
    fields.refuse_unknown(names)
    more = {
        "only": _filter(fields),
        "exclude_product_ids": fields.read("exclude_product_ids", request_values.ids, ()),
        "context_product_ids": fields.read("context.product_ids", request_values.ids, ()),
        "weights": read_weights(fields),
        "seen_policy": fields.read("seen_policy", request_values.one_of(SeenPolicy), None),
        "max_per_brand": fields.read("max_per_brand", request_values.limit, None),
        "max_per_category": fields.read("max_per_category", request_values.limit, None),
        "exploration": fields.read("exploration", _number_to(1), None),
    }
    return _checked(fields, more, scenarios=scenarios)


def branch_names() -> tuple[str, ...]:
    """Return the branches whose weights a request may change."""
    return ("behaviour", *settings.FUSION_MODALITIES)


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


def _filter(fields: values.Fields) -> ProductFilter:
    """Return the filter of a body."""
    only = ProductFilter(
        category=fields.read("filter.category", request_values.category, None),
        brands=fields.read("filter.brands", _brands, ()),
        min_price=fields.read("filter.min_price", _price, None),
        max_price=fields.read("filter.max_price", _price, None),
        attributes=fields.read("filter.attributes", _attributes, {}),
    )
    least, most = only.min_price, only.max_price
    if least is not None and most is not None and least > most:
        fields.errors["filter.max_price"] = "Less than filter.min_price: nothing costs that."
    return only


def _checked(
    fields: values.Fields, more: Mapping[str, Any], *, scenarios: Collection[str]
) -> RecommendationRequest:
    """Check what every form of the request has alike; `more` are the other arguments."""
    arguments = {
        "user_id": fields.read("user_id", values.identifier, None),
        "visitor_id": fields.read("visitor_id", values.identifier, None),
        "scenario": fields.read("scenario", known_name(scenarios), HOME),
        "limit": fields.read("limit", request_values.limit, request_values.DEFAULT_LIMIT),
        "fallback": fields.read("fallback", request_values.one_of(FallbackPolicy), None),
        "diversity": fields.read("diversity", _number_to(1), None),
        "explain": fields.read("explain", request_values.one_of(Explain), Explain.CONTRIBUTIONS),
        **more,
    }
    with_products = fields.read("fields", request_values.extra_fields, False)
    is_paged = fields.read("paging", values.yes_or_no, False)
    fields.finish()
    return RecommendationRequest(arguments, with_products, is_paged)


def known_name(names: Collection[str]) -> Callable[[Any], str]:
    """Return a parser of one of these names."""

    def parse(value: Any) -> str:
        if not isinstance(value, str) or value not in names:
            known = ", ".join(names)
            raise ValueError(f"{str(value)[:40]!r} is unknown: send one of {known}.")
        return value

    return parse


def _number_to(most: float) -> Callable[[Any], float]:
    def parse(value: Any) -> float:
        number = values.number(value)
        if not 0 <= number <= most:
            raise ValueError(f"Send a number from 0 to {most:g}.")
        return number

    return parse


def read_weights(fields: values.Fields) -> dict[str, float] | None:
    """Read factors on branch weights; each has an error of its own."""
    sent = fields.read("weights", _object, None)
    found = {}
    for name, value in (sent or {}).items():
        try:
            found[name] = _factor(name, value)
        except ValueError as error:
            fields.errors[f"weights.{name[:40]}"] = str(error)
    if set(branch_names()) <= found.keys() and not any(found.values()):
        fields.errors["weights"] = "All are 0, so nothing could be ranked: leave one above 0."
    return found if sent else None


def _object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError('Send an object: {"image": 2}.')
    return value


def _factor(branch: str, value: Any) -> float:
    if branch not in branch_names():
        raise ValueError(f"There is no such branch: they are {', '.join(branch_names())}.")
    return _number_to(MAX_WEIGHT)(value)


def _brands(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_BRANDS:
        raise ValueError(f"Send a list of 1 to {MAX_BRANDS} brands.")
    return tuple(values.text(each, max_length=200) for each in value)


def _price(value: Any) -> Decimal:
    return values.money(value)[0]


def _attributes(value: Any) -> dict[str, str]:
    is_plain = isinstance(value, dict) and all(
        isinstance(each, str | int | float) for each in value.values()
    )
    if not is_plain or len(value) > MAX_ATTRIBUTES:
        raise ValueError(
            f'Send an object of at most {MAX_ATTRIBUTES} plain values: {{"colour": "red"}}.'
        )
    return {values.text(name): values.text(in_words(each)) for name, each in value.items()}
