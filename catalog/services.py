"""Writes to the catalogue. Each call takes many rows at once and is safe to repeat."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import transaction
from django.utils import timezone

from catalog.categories import ensure_categories
from catalog.models import Product
from catalog.product_data import (
    PRODUCT_FIELDS,
    ProductData,
    ProductStatus,
    ProductVerdict,
    parse_product,
)
from catalog.text import compose_text, text_hash
from catalog.values import InvalidRowError, require_object, sent_id
from catalog.vector_rows import Lengths, Vectors, known_vectors, write_vectors

WRITTEN_FIELDS = (
    "title",
    "description",
    "category",
    "brand",
    "price",
    "currency",
    "url",
    "attributes",
    "is_available",
    "is_placeholder",
    "text_hash",
    "updated_at",
)


@dataclass(frozen=True, slots=True)
class UpsertPlan:
    """What a batch of rows would do: a verdict for each row, and the products to write."""

    verdicts: list[ProductVerdict]
    to_write: list[ProductData]


def plan_upsert(rows: Sequence[ProductData]) -> UpsertPlan:
    """Compare rows with what is known, without writing; a later row sees the earlier ones."""
    return _compare(rows, _known_products(rows, lock=False))


def receive_products(rows: Sequence[Any]) -> list[ProductVerdict]:
    """Check products as a client sent them, write the good ones, and judge each.

    A row changes the fields it names; a product that is new starts from empty ones.
    """
    verdicts: dict[int, ProductVerdict] = {}
    products: dict[int, ProductData] = {}
    for index, row in enumerate(rows):
        try:
            products[index] = parse_product(require_object(row))
        except InvalidRowError as error:
            verdicts[index] = ProductVerdict(sent_id(row, "product_id"), "rejected", str(error))
    verdicts |= zip(products, upsert_products(list(products.values())), strict=True)
    return [verdicts[index] for index in range(len(rows))]


def upsert_products(rows: Sequence[ProductData]) -> list[ProductVerdict]:
    """Create or change products in one transaction; a row that changes nothing writes nothing.

    A placeholder becomes a known product. Two calls at once take their rows in the same
    order, so they wait for each other and never deadlock.
    """
    with transaction.atomic():
        plan = _compare(rows, _known_products(rows, lock=True))
        if len(rows) == 1 and plan.verdicts[0].status == "created":
            # Of calls that create the same product at once, one is told so. Many rows are not
            # looked at twice: there it would cost a write each.
            ensure_products([rows[0].external_id])
            plan = _compare(rows, _known_products(rows, lock=True))
        if plan.to_write:
            _write(plan.to_write)
    return plan.verdicts


def _known_products(rows: Sequence[ProductData], *, lock: bool) -> dict[str, ProductData]:
    """The products that rows name, as data; placeholders are locked and count as unknown."""
    found = Product.objects.with_external_ids(row.external_id for row in rows)
    if lock:
        # Only the product's row, and not its key: events that point to it need not wait.
        found = found.select_for_update(of=("self",), no_key=True)
    products = found.select_related("category").order_by("pk")
    vectors = known_vectors(rows)
    return {
        product.external_id: _as_data(product, vectors[product.external_id])
        for product in products
        if not product.is_placeholder
    }


def _as_data(product: Product, vectors: Vectors) -> ProductData:
    return ProductData(
        external_id=product.external_id,
        title=product.title,
        description=product.description,
        category=product.category.path if product.category else "",
        brand=product.brand,
        price=product.price,
        currency=product.currency,
        url=product.url,
        attributes=product.attributes,
        is_available=product.is_available,
        vectors=vectors,
    )


def _compare(rows: Sequence[ProductData], known: dict[str, ProductData]) -> UpsertPlan:
    """Apply rows one after the other to what is known."""
    states, verdicts, changed = dict(known), [], set()
    lengths = Lengths()
    for row in rows:
        if problem := lengths.problem(row.vectors):
            verdicts.append(ProductVerdict(row.external_id, "rejected", problem))
            continue
        before = states.get(row.external_id)
        after = _applied(row, before)
        status: ProductStatus = "created" if before is None else "updated"
        if after == before:
            status = "unchanged"
        else:
            states[row.external_id] = after
            changed.add(row.external_id)
        verdicts.append(ProductVerdict(row.external_id, status))
    return UpsertPlan(verdicts, [states[external_id] for external_id in sorted(changed)])


def _applied(row: ProductData, before: ProductData | None) -> ProductData:
    if before is None:
        return replace(row, given=PRODUCT_FIELDS)
    told: dict[str, Any] = {name: getattr(row, name) for name in row.given}
    return replace(before, **told, vectors={**before.vectors, **row.vectors})


def _write(products: Sequence[ProductData]) -> None:
    categories = ensure_categories({product.category for product in products if product.category})
    Product.objects.bulk_create(
        [_as_row(product, categories) for product in products],
        update_conflicts=True,
        unique_fields=["external_id"],
        update_fields=WRITTEN_FIELDS,
    )
    with_vectors = [product for product in products if product.vectors]
    if with_vectors:
        write_vectors(with_vectors, _primary_keys(each.external_id for each in with_vectors))


def _as_row(product: ProductData, categories: Mapping[str, int]) -> Product:
    words = compose_text(
        title=product.title,
        description=product.description,
        category=product.category,
        brand=product.brand,
        attributes=product.attributes,
    )
    return Product(
        external_id=product.external_id,
        title=product.title,
        description=product.description,
        category_id=categories.get(product.category),
        brand=product.brand,
        price=product.price,
        currency=product.currency,
        url=product.url,
        attributes=product.attributes,
        is_available=product.is_available,
        text_hash=text_hash(words),
    )


def ensure_products(external_ids: Iterable[str]) -> dict[str, int]:
    """Return the primary key of every id; an id nobody has described gets a placeholder."""
    wanted = sorted(set(external_ids))
    known = _primary_keys(wanted)
    missing = [external_id for external_id in wanted if external_id not in known]
    if missing:
        Product.objects.bulk_create(
            [
                Product(external_id=external_id, is_placeholder=True, is_available=False)
                for external_id in missing
            ],
            ignore_conflicts=True,
        )
        known |= _primary_keys(missing)
    return known


def retire_products(external_ids: Iterable[str]) -> int:
    """Take products out of every answer and keep their history; return how many changed."""
    listed = Product.objects.available().with_external_ids(external_ids)
    return listed.update(is_available=False, updated_at=timezone.now())


def _primary_keys(external_ids: Iterable[str]) -> dict[str, int]:
    found = Product.objects.with_external_ids(external_ids)
    return dict(found.values_list("external_id", "pk"))
