"""Which products' pictures and words may not go together: checked for the whole shop at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from catalog.models import Product
from fusion.features.agreement import Agreement, Axes, Rows, Vectors, agreement
from fusion.features.store import (
    encoder_in_use,
    is_missing,
    load_features,
    modality_names,
    source_in_use,
)
from fusion.models import PictureFit

COMPARED = ("text", "image")
CHECKED_EVERY = timedelta(hours=24)
LEAST_PRODUCTS = 30  # among fewer, the nearest ten say nothing
MOST_PEERS = 20_000  # neighbours are sought among so many, drawn at random: time grows with N only
REFERENCES = 1_000
READ_AT_ONCE = 5_000
WRITTEN_AT_ONCE = 1_000
UPDATED = ("score", "share_better", "near_words", "near_picture", "content", "computed_at")


@dataclass(frozen=True, slots=True)
class Pair:
    """Words and picture of some products that have both.

    Attributes:
        product_pks: (N,).
        words: (N, D).
        pictures: (N, E).
    """

    product_pks: Rows
    words: Vectors
    pictures: Vectors


def can_check() -> bool:
    """Whether the shop has both modalities set up."""
    return set(COMPARED) <= set(modality_names())


def is_due(*, now: datetime, asked_at: datetime | None = None) -> bool:
    """Say whether the shop should be checked: once a day, when all contents are encoded.

    Args:
        asked_at: when a person asked for it, all encoded or not; a later check has answered that.
    """
    if asked_at is None and can_check() and any(is_missing(name) for name in COMPARED):
        return False
    since = asked_at or now - CHECKED_EVERY
    return can_check() and not PictureFit.objects.filter(computed_at__gt=since).exists()


def check_picture_fit(*, now: datetime) -> int:
    """Check all products that may be shown and have both words and picture; return how many.

    Repeating it changes nothing but the moment. Products that are gone leave the table.
    """
    pairs = _read_all() if can_check() else None
    if pairs is not None and len(pairs.product_pks) >= LEAST_PRODUCTS:
        peers = np.arange(min(len(pairs.product_pks), MOST_PEERS))
        found = agreement(pairs.words, pairs.pictures, peers, REFERENCES)
        _store(pairs.product_pks, found, now)
    PictureFit.objects.exclude(computed_at=now).delete()
    return 0 if pairs is None else len(pairs.product_pks)


def _read_all() -> Pair | None:
    """Read all products, in an order left to chance, so that the first ones are a sample."""
    available = Product.objects.known().available().values_list("pk", flat=True)
    pks = np.random.default_rng(0).permutation(np.array(available, dtype=np.int64))
    sample = _read(pks[:MOST_PEERS])
    if sample is None or not len(sample.product_pks):
        return None
    words, pictures = Axes.of(sample.words), Axes.of(sample.pictures)
    del sample  # 120 MB
    parts = [
        (part.product_pks, words.project(part.words), pictures.project(part.pictures))
        for start in range(0, len(pks), READ_AT_ONCE)
        if (part := _read(pks[start : start + READ_AT_ONCE])) is not None
    ]
    return Pair(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _read(pks: Rows) -> Pair | None:
    """Read those of the products that have both; None where an encoder has made nothing yet."""
    read = [load_features(name, pks, encoder_in_use(name)) for name in COMPARED]
    words, pictures = read
    if words is None or pictures is None:
        return None
    has_both = (words.present & pictures.present)[1:]
    return Pair(pks[has_both], words.vectors[1:][has_both], pictures.vectors[1:][has_both])


def _store(pks: Rows, found: Agreement, now: datetime) -> None:
    share_better = 1 - (found.scores.argsort().argsort() + 1) / len(pks)
    for start in range(0, len(pks), WRITTEN_AT_ONCE):
        rows = range(start, min(start + WRITTEN_AT_ONCE, len(pks)))
        chosen = [int(pks[row]) for row in rows]
        contents = content_now(chosen)
        PictureFit.objects.bulk_create(
            [
                PictureFit(
                    product_id=pk,
                    score=float(found.scores[row]),
                    share_better=float(share_better[row]),
                    near_words=pks[found.near_first[row]].tolist(),
                    near_picture=pks[found.near_second[row]].tolist(),
                    content=contents[pk],
                    computed_at=now,
                )
                for row, pk in zip(rows, chosen, strict=True)
                if pk in contents
            ],
            update_conflicts=True,
            unique_fields=["product"],
            update_fields=UPDATED,
        )


def content_now(pks: Sequence[int]) -> dict[int, str]:
    """Name the words and the picture of each of these products that has both, as they are now."""
    words, pictures = (source_in_use(name).hashes(pks) for name in COMPARED)
    return {pk: f"{words[pk]} {pictures[pk]}" for pk in pks if pk in words and pk in pictures}
