"""Reads and writes of the vectors that a shop sends."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models.functions import Length

from catalog.models import Product, ProductVector
from catalog.product_data import ProductData
from catalog.vectors import STORED_AS, SentVector, sent_modalities

LENGTH = Length("numbers") / STORED_AS.itemsize
Vectors = Mapping[str, SentVector | None]  # by modality; None: there is none


def length_in_use(modality: str) -> int | None:
    """Return how many numbers a vector has: as stated, else as the vectors that are there."""
    stated = sent_modalities()[modality]
    if stated is not None:
        return stated
    rows = ProductVector.objects.filter(modality=modality).order_by("product_id")
    return rows.values_list(LENGTH, flat=True).first()


def vector_lengths(product: Product) -> dict[str, int]:
    """Return how many numbers each vector of a product has, by modality."""
    return dict(product.vectors.order_by("modality").values_list("modality", LENGTH))


class Lengths:
    """How long vectors must be; the first of a modality decides where nothing is stated."""

    def __init__(self) -> None:
        self._known: dict[str, int | None] = {}

    def problem(self, vectors: Vectors) -> str:
        """Say which vector of a row has another length than the others; empty if none has."""
        for modality, vector in vectors.items():
            if vector is not None and len(vector) != self._expected(modality, len(vector)):
                expected = self._known[modality]
                return f"embeddings.{modality}: Send {expected:,} numbers, not {len(vector):,}."
        return ""

    def _expected(self, modality: str, length: int) -> int:
        if self._known.get(modality) is None:
            self._known[modality] = length_in_use(modality) or length
        return self._known[modality] or length


def known_vectors(rows: Iterable[ProductData]) -> dict[str, dict[str, SentVector | None]]:
    """Return, by product id, what is known of the modalities that rows speak of."""
    known: dict[str, dict[str, SentVector | None]] = defaultdict(dict)
    for row in rows:
        known[row.external_id] |= dict.fromkeys(row.vectors)
    told = [external_id for external_id, modalities in known.items() if modalities]
    if not told:
        return known
    found = ProductVector.objects.filter(product__external_id__in=told)
    for external_id, modality, content_hash in found.values_list(
        "product__external_id", "modality", "content_hash"
    ):
        if modality in known[external_id]:
            known[external_id][modality] = SentVector(content_hash)
    return known


def write_vectors(products: Sequence[ProductData], product_pks: Mapping[str, int]) -> None:
    """Store the vectors that were sent, and delete those that were taken back."""
    sent: list[ProductVector] = []
    removed: dict[str, list[int]] = defaultdict(list)
    for product in products:
        pk = product_pks[product.external_id]
        for modality, vector in product.vectors.items():
            if vector is None:
                removed[modality].append(pk)
            elif vector.numbers:
                sent.append(
                    ProductVector(
                        product_id=pk,
                        modality=modality,
                        content_hash=vector.content_hash,
                        numbers=vector.numbers,
                    )
                )
    for modality, pks in removed.items():
        ProductVector.objects.filter(modality=modality, product__in=pks).delete()
    ProductVector.objects.bulk_create(
        sent,
        update_conflicts=True,
        unique_fields=["modality", "product"],
        update_fields=["content_hash", "numbers"],
    )
