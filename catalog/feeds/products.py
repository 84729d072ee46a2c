"""Rows of a file as products with pictures, and batches of them into the catalogue."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from catalog import values
from catalog.feeds.columns import Columns
from catalog.feeds.pictures import (
    PictureFolder,
    fetch_addresses,
    is_address,
    keep_addresses,
    note_problems,
    store_files,
)
from catalog.feeds.rows import FeedRow
from catalog.product_data import EMBEDDINGS, ProductData, ProductVerdict, parse_product
from catalog.services import plan_upsert, upsert_products
from catalog.values import InvalidRowError

MAX_PICTURE_LENGTH = 2000  # characters of an address or a file's name
PRODUCT_COLUMNS = {
    "product_id": ("external_id", "id", "item_id", "sku", "article_id", "offer_id"),
    "title": ("name", "product_name", "item_name"),
    "description": ("body_html", "summary"),
    "category": ("product_type", "category_path", "google_product_category"),
    "brand": ("vendor", "manufacturer"),
    "price": (),
    "currency": ("currency_code", "price_currency"),
    "url": ("link", "product_url"),
    "is_available": ("available", "availability", "in_stock"),
    "attributes": (),
    EMBEDDINGS: (),
    "image": ("image_file", "image_link", "image_url", "picture"),
}


@dataclass(frozen=True, slots=True)
class ProductRow:
    """A product of a file, and how the file names its picture ("": it does not)."""

    product: ProductData
    picture: str
    picture_problem: str = ""  # why the name of the picture cannot be used


def product_parser(columns: Columns) -> Callable[[FeedRow], ProductRow]:
    """Return what turns a row into a product; columns nobody knows become attributes."""

    def parse(row: FeedRow) -> ProductRow:
        known, rest = columns.split(row.values)
        picture, problem = _picture(known.pop("image", None))
        if rest or "attributes" in known:
            known["attributes"] = _attributes(rest, known.get("attributes"))
        if known.get(EMBEDDINGS):
            known[EMBEDDINGS] = _json_object(EMBEDDINGS, known[EMBEDDINGS])
        return ProductRow(parse_product(known), picture, problem)

    return parse


def _picture(sent: Any) -> tuple[str, str]:
    """Return the picture's name and its problem: a bad one is no reason to lose the product."""
    if sent in (None, ""):
        return "", ""
    try:
        return values.text(sent, max_length=MAX_PICTURE_LENGTH), ""
    except ValueError as error:
        return "", f"The name of the picture cannot be used. {error}"


def _attributes(rest: Mapping[str, Any], sent: Any) -> dict[str, Any]:
    attributes = {name: _plain(value) for name, value in rest.items() if value not in (None, "")}
    return attributes if sent in (None, "") else attributes | _json_object("attributes", sent)


def _json_object(field: str, sent: Any) -> dict[str, Any]:
    """Read what a cell of CSV holds as text, and JSON and Parquet as it is."""
    try:
        return dict(orjson.loads(sent) if isinstance(sent, str) else sent)
    except (orjson.JSONDecodeError, TypeError, ValueError):
        raise InvalidRowError({field: "Write an object of JSON."}) from None


def _plain(value: Any) -> Any:
    """Dates and amounts as text: attributes are JSON."""
    return value if isinstance(value, str) else json.loads(json.dumps(value, default=str))


class ProductBatches:
    """Writes batches of products and counts what becomes of their pictures."""

    def __init__(self, folder: PictureFolder | None, *, fetch: bool) -> None:
        self._folder = folder
        self._fetch = fetch
        self.pictures: Counter[str] = Counter()

    def write(self, rows: Sequence[ProductRow]) -> Iterable[ProductVerdict]:
        """Write one batch and its pictures; return what became of each product."""
        verdicts = upsert_products([row.product for row in rows])
        last = {row.product.external_id: row for row in rows}
        problems = {key: row.picture_problem for key, row in last.items() if row.picture_problem}
        named = {key: row.picture for key, row in last.items() if key not in problems}
        self.pictures += note_problems(problems)
        self._store_files({key: name for key, name in named.items() if not is_address(name)})
        self._fetch_addresses({key: name for key, name in named.items() if is_address(name)})
        return verdicts

    def _store_files(self, named: Mapping[str, str]) -> None:
        if self._folder is not None:
            self.pictures += store_files(self._folder, named)
        else:
            self.pictures["not loaded (add --images DIR)"] += sum(map(bool, named.values()))

    def _fetch_addresses(self, named: Mapping[str, str]) -> None:
        if not named:
            return
        if self._fetch:
            self.pictures += fetch_addresses(named)
        else:
            keep_addresses(named)
            self.pictures["not fetched (add --fetch-images)"] += len(named)


def foresee(rows: Sequence[ProductRow]) -> Iterable[ProductVerdict]:
    """Return what would become of each product; write nothing."""
    return plan_upsert([row.product for row in rows]).verdicts
