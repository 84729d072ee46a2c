"""The vectors in the database: which are missing, making them, reading them as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from numpy.typing import NDArray

from catalog.vector_rows import length_in_use
from catalog.vectors import STORED_AS, is_precomputed
from fusion.dataset.data import ModalityFeatures
from fusion.features.encoders import (
    Encoder,
    EncodingProblem,
    encoder_name,
    get_encoder,
    sent_name,
)
from fusion.features.precomputed import SentVectors
from fusion.features.sources import Source, source_of
from fusion.models import Embedding

PRODUCTS_PER_QUERY = 10_000  # far fewer than the parameters a statement may have


@dataclass(frozen=True, slots=True)
class EncodeResult:
    """What one call of `encode_missing` did, in distinct contents."""

    num_encoded: int
    num_problems: int
    num_left: int


def modality_names() -> tuple[str, ...]:
    """Return the modalities the shop has set up, in their order."""
    return tuple(settings.FUSION_MODALITIES)


def encoder_in_use(modality: str) -> str:
    """Return the stable id of the modality's encoder, without loading it."""
    spec = settings.FUSION_MODALITIES[modality]
    if is_precomputed(spec):
        return sent_name(modality, length_in_use(modality))
    return encoder_name(spec)


def source_in_use(modality: str) -> Source:
    """Return where the modality's contents stand."""
    return source_of(modality, settings.FUSION_MODALITIES[modality])


def num_missing(modality: str) -> int:
    """Count distinct contents without a row of the encoder in use."""
    return _missing(modality).values(source_in_use(modality).hash_column).distinct().count()


def is_missing(modality: str) -> bool:
    """Say whether any known product waits for the encoder in use."""
    return _missing(modality).exists()


def forget_problems(modality: str) -> int:
    """Delete what the encoder in use could not read, so that it is tried again; count it."""
    problems = Embedding.objects.filter(encoder=encoder_in_use(modality), vector=None)
    return problems.delete()[0]


def encode_missing(modality: str, *, limit: int = 256) -> EncodeResult:
    """Encode at most `limit` contents that the encoder in use has not seen yet.

    Rows are known by content, so two callers at once waste work but store each row once.
    A file the storage cannot deliver for now raises; the next call starts with it again.
    """
    inputs = _inputs(modality, limit)
    num_problems = 0
    hashes, batch = list(inputs), source_in_use(modality).batch
    for start in range(0, len(hashes), batch):
        chosen = hashes[start : start + batch]
        num_problems += _encode(modality, {each: inputs[each] for each in chosen})
    return EncodeResult(len(inputs) - num_problems, num_problems, num_missing(modality))


def load_features(
    modality: str, product_pks: Sequence[int] | NDArray[np.int64], encoder: str
) -> ModalityFeatures | None:
    """Read the vectors of N products.

    Args:
        encoder: stable id of the encoder; vectors of another one mean something else.

    Returns:
        (N+1, F) features with length 1; row n + 1 belongs to product n, row 0 is padding.
        None where this encoder has made no vector yet, because then F is not known.
    """
    dim = _stored_dim(encoder)
    if dim is None:
        return None
    pks = np.asarray(product_pks, dtype=np.int64)
    vectors = np.zeros((len(pks) + 1, dim), dtype=np.float32)
    present = np.zeros(len(pks) + 1, dtype=np.bool_)
    for start in range(0, len(pks), PRODUCTS_PER_QUERY):
        chosen = pks[start : start + PRODUCTS_PER_QUERY]
        found, joined = _read(modality, chosen, encoder)
        read = np.frombuffer(joined, STORED_AS).reshape(-1, dim).astype(np.float32)
        # float16 keeps three digits, so the length is 1 only nearly.
        vectors[start + 1 + found] = read / np.linalg.norm(read, axis=1, keepdims=True)
        present[start + 1 + found] = True
    return ModalityFeatures(vectors, present)


def encoded(modality: str) -> QuerySet[Any]:
    """Return rows of contents, as the modality's source has them, with a vector in use."""
    good = Embedding.objects.filter(encoder=encoder_in_use(modality)).exclude(vector=None)
    source = source_in_use(modality)
    return source.rows().filter(Exists(good.filter(content_hash=OuterRef(source.hash_column))))


def _missing(modality: str) -> QuerySet[Any]:
    source = source_in_use(modality)
    known = Embedding.objects.filter(
        encoder=encoder_in_use(modality), content_hash=OuterRef(source.hash_column)
    )
    return source.rows().filter(~Exists(known))


def _inputs(modality: str, limit: int) -> dict[str, Any]:
    """Return one row for each of at most `limit` missing contents."""
    column = source_in_use(modality).hash_column
    return {getattr(row, column): row for row in _missing(modality).order_by("id")[:limit]}


def _encode(modality: str, inputs: dict[str, Any]) -> int:
    """Encode and store one batch; return how many contents had a problem."""
    source, encoder = source_in_use(modality), _encoder(modality)
    read = {content_hash: source.read(row) for content_hash, row in inputs.items()}
    good = {key: value for key, value in read.items() if not isinstance(value, EncodingProblem)}
    outcomes = read | dict(zip(good, encoder.encode(list(good.values())), strict=True))
    rows = [_row(encoder.name, key, outcome) for key, outcome in outcomes.items()]
    Embedding.objects.bulk_create(rows, ignore_conflicts=True)
    return sum(row.vector is None for row in rows)


def _encoder(modality: str) -> Encoder[Any]:
    spec = settings.FUSION_MODALITIES[modality]
    if is_precomputed(spec):
        length = length_in_use(modality) or 0
        return SentVectors(name=sent_name(modality, length), dim=length)
    return get_encoder(spec)


def _row(encoder: str, content_hash: str, outcome: Any) -> Embedding:
    row = Embedding(encoder=encoder, content_hash=content_hash)
    if isinstance(outcome, EncodingProblem):
        row.problem = outcome.reason
    else:
        row.vector = outcome.astype(STORED_AS).tobytes()
    return row


def _stored_dim(encoder: str) -> int | None:
    """Return F, as the encoder's stored vectors have it."""
    stored = Embedding.objects.filter(encoder=encoder).exclude(vector=None)
    vector = next(iter(stored.values_list("vector", flat=True)[:1]), None)
    return len(vector) // STORED_AS.itemsize if vector else None


def _read(
    modality: str, product_pks: NDArray[np.int64], encoder: str
) -> tuple[NDArray[np.int64], bytes]:
    """Return the P places in `product_pks` that have a vector, and the vectors' bytes."""
    hash_of = source_of(modality, encoder).hashes(product_pks.tolist())
    stored = Embedding.objects.filter(encoder=encoder, content_hash__in=set(hash_of.values()))
    found = stored.values_list("content_hash", "vector")
    vector_of = {content_hash: bytes(vector) for content_hash, vector in found if vector}
    known = [hash_of.get(pk, "") for pk in product_pks.tolist()]
    places = [place for place, content_hash in enumerate(known) if content_hash in vector_of]
    return np.array(places, dtype=np.int64), b"".join(vector_of[known[n]] for n in places)
