"""Where the contents that are encoded stand: words, main pictures, vectors of the shop."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from catalog.models import Product, ProductImage, ProductVector
from catalog.text import product_text
from fusion.features.encoders import EncodingProblem, Input, input_kind

FILE_IS_GONE = EncodingProblem("The picture's file is not in the storage. Send it again.")


@dataclass(frozen=True, slots=True)
class Source:
    """The contents of one modality.

    Attributes:
        rows: described products with a content, or rows that belong to them.
        hash_column: names the content of a row.
        product_column: holds the product's key.
        batch: rows to encode at once. What a killed worker loses: texts profit from being
            sorted by length together, pictures lie in memory as files of up to 10 MB each.
        read: turns a row into what the encoder takes, or into why it cannot.
    """

    rows: Callable[[], QuerySet[Any]]
    hash_column: str
    product_column: str
    batch: int
    read: Callable[[Any], Any]

    def hashes(self, product_pks: Iterable[int]) -> dict[int, str]:
        """Return the hash of the content by which each product is encoded."""
        chosen = self.rows().filter(**{f"{self.product_column}__in": product_pks})
        return dict(chosen.values_list(self.product_column, self.hash_column))

    def products_with(self, content_hash: str) -> QuerySet[Product]:
        """Return the products of one content."""
        owners = self.rows().filter(**{self.hash_column: content_hash})
        return Product.objects.filter(pk__in=owners.values(self.product_column))


def source_of(modality: str, encoder: str) -> Source:
    """Return where a modality's encoder, by setting or by stable id, finds its input."""
    kind = input_kind(encoder)
    if kind is Input.VECTOR:
        return Source(
            rows=lambda: _sent_vectors(modality),
            hash_column="content_hash",
            product_column="product_id",
            batch=256,
            read=lambda row: bytes(row.numbers),
        )
    return WORDS if kind is Input.WORDS else PICTURES


def _described() -> QuerySet[Product]:
    return Product.objects.known().exclude(text_hash="").select_related("category")


def _main_pictures() -> QuerySet[ProductImage]:
    pictures = ProductImage.objects.usable().exclude(content_hash="")
    before = pictures.filter(product=OuterRef("product"), position__lt=OuterRef("position"))
    return pictures.filter(~Exists(before), product__is_placeholder=False)


def _sent_vectors(modality: str) -> QuerySet[ProductVector]:
    return ProductVector.objects.filter(modality=modality, product__is_placeholder=False)


def _file_of(picture: ProductImage) -> bytes | EncodingProblem:
    try:
        with picture.file.open("rb") as file:
            content: bytes = file.read()
            return content
    except FileNotFoundError:
        return FILE_IS_GONE


WORDS = Source(_described, "text_hash", "id", batch=256, read=product_text)
PICTURES = Source(_main_pictures, "content_hash", "product_id", batch=32, read=_file_of)
