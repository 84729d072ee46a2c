"""Values that several kinds of requests have, checked and typed.

Each function raises ValueError with what to send instead.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from django.db.models import TextChoices
from django.http import QueryDict

from catalog import values
from catalog.models import Product

Choice = TypeVar("Choice", bound=StrEnum | TextChoices)

MAX_LIMIT = 100
DEFAULT_LIMIT = 20
MAX_IDS = 500
PRODUCT = "product"
LISTS = ("exclude_product_ids", "context_product_ids", "fields")


def query_fields(query: QueryDict) -> values.Fields:
    """Return a query string's fields; a list is a name given several times.

    Notes an error where a name that takes one value is given several times.
    """
    sent = {name: query.getlist(name) if name in LISTS else query[name] for name in query}
    fields = values.Fields(sent)
    for name in query:
        if name not in LISTS and len(query.getlist(name)) > 1:
            fields.errors[name] = "Given several times: send it once."
    return fields


def query_ids(fields: values.Fields, name: str) -> tuple[str, ...]:
    """Read a list of ids; note an error where it is one text with commas that is no product's id.

    That is how some clients write a list, and as one id it would do nothing.
    """
    found = fields.read(name, ids, ())
    if len(found) == 1 and "," in found[0] and not _is_product(found[0]):
        hint = f"Send a list as the name several times: {name}=1&{name}=2."
        fields.errors[name] = f"No product has the id {found[0][:40]!r}. {hint}"
    return found


def _is_product(product_id: str) -> bool:
    return Product.objects.with_external_ids([product_id]).exists()


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
