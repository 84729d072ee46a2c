"""Which words and pictures the catalogue holds, and which of them are encoded."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import TypeVar

from catalog.models import Product, ProductImage
from fusion.models import Embedding

KEYS_PER_QUERY = 10_000  # far fewer than the parameters a statement may have

Key = TypeVar("Key", int, str)
Content = tuple[str, str]  # hashes of text and main picture; "" where a product has none


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


def contents_of(pks: Iterable[int]) -> dict[int, Content]:
    """Return the contents of those products that exist and are described."""
    contents: dict[int, Content] = {}
    for some in _chunks(pks):
        texts = Product.objects.known().filter(pk__in=some).values_list("pk", "text_hash")
        # The lowest position comes last, so it is the one that stays.
        pictures = ProductImage.objects.usable().filter(product__in=some).order_by("-position")
        hash_of = dict(pictures.values_list("product_id", "content_hash"))
        contents |= {pk: (text_hash, hash_of.get(pk, "")) for pk, text_hash in texts}
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
