"""A request for recommendations as a client sent it, checked and typed."""

from collections.abc import Callable, Collection, Mapping
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
NESTED = {"context": ("product_ids",), "filter": ("category",)}
FLAT_NAME = {"context.product_ids": "context_product_ids", "filter.category": "category"}
NAMES = frozenset({"user_id", "visitor_id", "scenario", "limit", "category", "fallback", *LISTS})


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


def from_query(query: QueryDict) -> dict[str, Any]:
    """Return a query string's values; a list is a name given several times."""
    return {name: query.getlist(name) if name in LISTS else query[name] for name in query}


def from_body(body: Any) -> dict[str, Any]:
    """Return a JSON body's values with `context` and `filter` laid flat.

    Raises:
        InvalidRowError: the body or one of its parts is no object.
    """
    flat = dict(values.require_object(body))
    for outer, names in NESTED.items():
        inner = flat.pop(outer, None)
        if inner is None:
            continue
        if not isinstance(inner, Mapping):
            raise values.InvalidRowError({outer: f"Send an object with {', '.join(names)}."})
        _refuse_unknown(inner, names, prefix=f"{outer}.")
        flat |= {FLAT_NAME[f"{outer}.{name}"]: value for name, value in inner.items()}
    return flat


def parse_recommendation_request(sent: Mapping[str, Any]) -> RecommendationRequest:
    """Check the values of a request.

    Raises:
        InvalidRowError: names each field that is wrong, and what to send instead.
    """
    _refuse_unknown(sent, NAMES)
    fields = values.Fields(sent)
    arguments = {
        "user_id": fields.read("user_id", values.identifier, None),
        "visitor_id": fields.read("visitor_id", values.identifier, None),
        "scenario": fields.read("scenario", _one_of(Scenario), Scenario.HOME),
        "limit": fields.read("limit", _limit, DEFAULT_LIMIT),
        "exclude_product_ids": fields.read("exclude_product_ids", _ids, ()),
        "context_product_ids": fields.read("context_product_ids", _ids, ()),
        "category": fields.read("category", _category, None),
        "fallback": fields.read("fallback", _one_of(FallbackPolicy), FallbackPolicy.FULL),
    }
    with_products = fields.read("fields", _extra_fields, False)
    fields.finish()
    return RecommendationRequest(arguments, with_products)


def parse_similar_request(sent: Mapping[str, Any]) -> SimilarRequest:
    """Check the values of a request for similar products; raises InvalidRowError."""
    _refuse_unknown(sent, ("by", "limit", "fields"))
    fields = values.Fields(sent)
    request = SimilarRequest(
        by=fields.read("by", _one_of(By), By.FUSED),
        limit=fields.read("limit", _limit, DEFAULT_LIMIT),
        with_products=fields.read("fields", _extra_fields, False),
    )
    fields.finish()
    return request


def _refuse_unknown(sent: Collection[str], known: Collection[str], prefix: str = "") -> None:
    """A misspelt field would change nothing and be searched for a long time."""
    unknown = sorted(set(sent) - set(known))
    if unknown:
        message = f"There is no such field. Known are: {', '.join(sorted(known))}."
        raise values.InvalidRowError({f"{prefix}{name}": message for name in unknown})


def _one_of(choices: type[Choice]) -> Callable[[Any], Choice]:
    def parse(value: Any) -> Choice:
        try:
            return choices(value)
        except ValueError:
            known = ", ".join(choices)
            raise ValueError(f"{str(value)[:40]!r} is unknown: send one of {known}.") from None

    return parse


def _limit(value: Any) -> int:
    parsed = values.whole_number(value)
    if parsed > MAX_LIMIT:
        raise ValueError(f"Send at most {MAX_LIMIT}.")
    return parsed


def _ids(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError("Send an array of ids.")
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
