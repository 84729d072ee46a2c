"""Which contents the catalogue holds, and which of them are encoded."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import TypeVar

from catalog.models import Product, ProductImage
from fusion.features.sources import source_of
from fusion.models import Embedding

KEYS_PER_QUERY = 10_000  # far fewer than the parameters a statement may have

Key = TypeVar("Key", int, str)
# Hashes of a product's contents, one a modality; "" where it has none.
Content = tuple[str, ...]


def known_products() -> list[int]:
    """Return the keys of all products the shop has described."""
    return list(Product.objects.known().values_list("pk", flat=True))


def unavailable_products() -> set[int]:
    """Return the keys of described products that must not be shown."""
    return set(Product.objects.known().filter(is_available=False).values_list("pk", flat=True))


def changed_since(moment: datetime) -> dict[int, bool]:
    """Return, by key, whether described products changed since `moment` are available.

    A new picture is a change of the product, though its row stays as it was.
    """
    changed = Product.objects.known().changed_since(moment)
    found = dict(changed.values_list("pk", "is_available"))
    pictures = ProductImage.objects.filter(updated_at__gte=moment, product__is_placeholder=False)
    return found | dict(pictures.values_list("product_id", "product__is_available"))


def contents_of(pks: Iterable[int], encoders: Mapping[str, str]) -> dict[int, Content]:
    """Return the contents of those products that exist and are described.

    Args:
        encoders: stable ids by modality; a content has one place for each, in this order.
    """
    sources = [source_of(modality, encoder) for modality, encoder in encoders.items()]
    contents: dict[int, Content] = {}
    for some in _chunks(pks):
        known = Product.objects.known().filter(pk__in=some).values_list("pk", flat=True)
        hashes = [source.hashes(some) for source in sources]
        contents |= {pk: tuple(each.get(pk, "") for each in hashes) for pk in known}
    return contents


def encoded(encoder: str, hashes: Iterable[str]) -> dict[str, bool]:
    """Return, for each content the encoder has seen, whether it gave a vector."""
    rows = Embedding.objects.filter(encoder=encoder)
    seen: dict[str, bool] = {}
    for some in _chunks(set(hashes) - {""}):
        found = rows.filter(content_hash__in=some)
        seen |= {
            key: problem == "" for key, problem in found.values_list("content_hash", "problem")
        }
    return seen


def _chunks(values: Iterable[Key]) -> Iterator[list[Key]]:
    remaining = iter(values)
    while some := list(islice(remaining, KEYS_PER_QUERY)):
        yield some
