"""Values that several kinds of requests have, checked and typed.

Each function raises ValueError with what to send instead.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from django.db.models import TextChoices
from django.http import QueryDict

from catalog import values

Choice = TypeVar("Choice", bound=StrEnum | TextChoices)

MAX_LIMIT = 100
DEFAULT_LIMIT = 20
MAX_IDS = 500
PRODUCT = "product"
LISTS = ("exclude_product_ids", "context_product_ids", "fields")


def from_query(query: QueryDict) -> dict[str, Any]:
    """Return a query string's values; a list is a name given several times."""
    return {name: query.getlist(name) if name in LISTS else query[name] for name in query}


def one_of(choices: type[Choice]) -> Callable[[Any], Choice]:
    """Return a parser of the words of an enumeration."""

    def parse(value: Any) -> Choice:
        try:
            return choices(value)
        except ValueError:
            known = ", ".join(str(each) for each in choices)
            raise ValueError(f"{str(value)[:40]!r} is unknown: send one of {known}.") from None

    return parse


def limit(value: Any) -> int:
    """Return how many products are wanted."""
    return values.whole_number(value, maximum=MAX_LIMIT)


def ids(value: Any) -> tuple[str, ...]:
    """Return ids of the shop, at most MAX_IDS."""
    if not isinstance(value, list):
        raise ValueError(f"Send a list of ids, not {values.json_word(value)}.")
    if len(value) > MAX_IDS:
        raise ValueError(f"Send at most {MAX_IDS} ids, not {len(value):,}.")
    return tuple(values.identifier(each) for each in value)


def category(value: Any) -> str:
    """Return the path of a category."""
    return values.text(value, max_length=500)


def extra_fields(value: Any) -> bool:
    """Say whether products are to be described too."""
    names = value if isinstance(value, list) else [value]
    if set(map(str, names)) - {PRODUCT}:
        raise ValueError(f"Only {PRODUCT!r} can be added.")
    return bool(names)
