"""One product as the shop describes it, checked: the same for REST and for files."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, Literal

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator

from catalog import values
from catalog.vectors import SentVector, parse_vector, require_sent_modality

PATH_SEPARATOR = " > "
MAX_CATEGORY_PATH_LENGTH = 500
MAX_CATEGORY_NAME_LENGTH = 200
MAX_DESCRIPTION_LENGTH = 100_000
MAX_ATTRIBUTES_LENGTH = 100_000  # as JSON
MAX_ATTRIBUTES_DEPTH = 8  # lists and objects in each other, the outermost included
PRODUCT_FIELDS = frozenset(
    {
        "title",
        "description",
        "category",
        "brand",
        "price",
        "currency",
        "url",
        "attributes",
        "is_available",
    }
)
EMBEDDINGS = "embeddings"
ROW_FIELDS = PRODUCT_FIELDS | {"product_id", EMBEDDINGS}  # all that a row may have
ProductStatus = Literal["created", "updated", "unchanged", "rejected"]


@dataclass(frozen=True, slots=True)
class ProductData:
    """What a row says about a product.

    `given` names the fields the row speaks of; a product that is already known keeps its
    other fields, a new one starts with the values here.
    """

    external_id: str
    title: str = ""
    description: str = ""
    category: str = ""  # path, "Home > Lamps"
    brand: str = ""
    price: Decimal | None = None
    currency: str = ""
    url: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    is_available: bool = True
    # By modality, None: take it back. Those a row leaves out stay, whatever else it replaces.
    vectors: Mapping[str, SentVector | None] = field(default_factory=dict)
    given: frozenset[str] = PRODUCT_FIELDS


@dataclass(frozen=True, slots=True)
class ProductVerdict:
    """What became of one row, and why, where it was rejected."""

    product_id: str
    status: ProductStatus
    reason: str = ""


def parse_product(row: Mapping[str, Any], *, replace: bool = False) -> ProductData:
    """Check one row; with `replace`, fields the row leaves out become empty.

    Raises:
        InvalidRowError: with a message for each field at fault.
    """
    fields = values.Fields(row)
    fields.require("product_id", "send the shop's own id of the product.")
    for name in row.keys() - ROW_FIELDS:
        fields.errors[str(name)] = values.UnknownField("Unknown field: put it into `attributes`.")
    price, currency_of_price = fields.read("price", values.money, (None, ""))
    product = ProductData(
        external_id=fields.read("product_id", values.identifier, ""),
        title=fields.read("title", short_text(500), ""),
        description=fields.read("description", short_text(MAX_DESCRIPTION_LENGTH), ""),
        category=fields.read("category", category_path, ""),
        brand=fields.read("brand", short_text(200), ""),
        price=price,
        currency=fields.read("currency", _currency, "") or currency_of_price,
        url=fields.read("url", _url, ""),
        attributes=fields.read("attributes", _attributes, {}),
        is_available=fields.read("is_available", values.yes_or_no, True),
        vectors=_vectors(fields),
        given=PRODUCT_FIELDS if replace else _given(row, currency_of_price),
    )
    fields.finish()
    return product


def _given(row: Mapping[str, Any], currency_of_price: str) -> frozenset[str]:
    given = PRODUCT_FIELDS & row.keys()
    return given | {"currency"} if currency_of_price else given


def _vectors(fields: values.Fields) -> dict[str, SentVector | None]:
    """Read the vectors of each modality; each has an error of its own."""
    sent = fields.read(EMBEDDINGS, _by_modality, {})
    found: dict[str, SentVector | None] = {}
    for modality, numbers in sent.items():
        try:
            require_sent_modality(modality)
            found[modality] = parse_vector(numbers)
        except ValueError as error:
            fields.errors[f"{EMBEDDINGS}.{modality[:30]}"] = str(error)
    return found


def _by_modality(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError('Send an object: {"audio": [0.1, 0.2]}.')
    return value


def short_text(max_length: int) -> Callable[[Any], str]:
    """Return the check for a text of at most `max_length` characters."""
    return partial(values.text, max_length=max_length)


def category_path(value: Any) -> str:
    """Return a category's path with one way to write it: "Home > Lamps"."""
    names = [name.strip() for name in values.text(value).split(">")]
    path = PATH_SEPARATOR.join(name for name in names if name)
    if len(path) > MAX_CATEGORY_PATH_LENGTH:
        raise ValueError(f"A category path has at most {MAX_CATEGORY_PATH_LENGTH} characters.")
    if any(len(name) > MAX_CATEGORY_NAME_LENGTH for name in names):
        raise ValueError(f"A category name has at most {MAX_CATEGORY_NAME_LENGTH} characters.")
    return path


def _currency(value: Any) -> str:
    code = values.text(value).upper()
    if len(code) != 3 or not (code.isascii() and code.isalpha()):
        raise ValueError(f"{code[:10]!r} is not a currency: send a code such as EUR.")
    return code


_check_url = URLValidator(schemes=["http", "https"])


def _url(value: Any) -> str:
    address = short_text(2000)(value)
    try:
        _check_url(address)
    except ValidationError:
        raise ValueError("Send a whole address: https://shop.example/lamp.") from None
    return address


def _attributes(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError('Send an object: {"colour": "white"}.')
    if values.depth(value) > MAX_ATTRIBUTES_DEPTH:
        raise ValueError(f"Nested too deep: send at most {MAX_ATTRIBUTES_DEPTH} levels.")
    try:
        written = json.dumps(value, ensure_ascii=False, allow_nan=False)
        written.encode()
    except (TypeError, ValueError):
        raise ValueError("Send plain JSON values, as valid UTF-8.") from None
    if "\\u0000" in written.replace("\\\\", ""):  # an escaped backslash escapes nothing
        raise ValueError("Contains a NUL character: remove it.")
    if len(written) > MAX_ATTRIBUTES_LENGTH:
        raise ValueError(f"Send at most {MAX_ATTRIBUTES_LENGTH:,} characters of JSON.")
    return value
