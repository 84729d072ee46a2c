"""Vectors that a shop computes itself: which are taken, how they are checked and kept."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from numpy.typing import NDArray

from catalog.values import json_word

PRECOMPUTED = "precomputed"
MAX_NUMBERS = 4096
STORED_AS = np.dtype("<f2")
REMOVE_HINT = "or null to remove the vector"


@dataclass(frozen=True, slots=True)
class SentVector:
    """A vector of length 1 as it is kept; two are equal when their numbers are.

    Attributes:
        content_hash: sha256 of the numbers.
        numbers: float16, little-endian; empty where only the hash was read.
    """

    content_hash: str
    numbers: bytes = field(default=b"", compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.numbers) // STORED_AS.itemsize


def is_precomputed(spec: str) -> bool:
    """Say whether a modality's vectors come from the shop."""
    return spec.partition(":")[0] == PRECOMPUTED


def stated_length(spec: str) -> int | None:
    """Return how many numbers `precomputed:128` asks for; None where `precomputed` leaves it open.

    Raises:
        ImproperlyConfigured: what stands after the colon is no possible length.
    """
    _, colon, length = spec.partition(":")
    if not colon:
        return None
    if not (length.isascii() and length.isdigit() and 1 <= int(length) <= MAX_NUMBERS):
        raise ImproperlyConfigured(
            f'"{spec}": write {PRECOMPUTED}, or {PRECOMPUTED}:N with N from 1 to {MAX_NUMBERS:,}.'
        )
    return int(length)


def sent_modalities() -> dict[str, int | None]:
    """Return the modalities whose vectors the shop sends, and the length it has stated."""
    specs: Mapping[str, str] = settings.FUSION_MODALITIES
    return {name: stated_length(spec) for name, spec in specs.items() if is_precomputed(spec)}


def require_sent_modality(name: str) -> None:
    """Raise ValueError with the modalities that exist unless the shop may send this one."""
    taken = sent_modalities()
    if name not in taken:
        known = f"Vectors are taken for {', '.join(taken)}." if taken else "No vectors are taken."
        hint = f"FUSION_MODALITIES names them: {name[:30]}={PRECOMPUTED}."
        raise ValueError(f"{name[:30]!r} is not set up. {known} {hint}")


def parse_vector(value: Any) -> SentVector | None:
    """Check a vector as JSON has it; None stands for "remove it".

    Raises:
        ValueError: with what to send instead.
    """
    if value is None:
        return None
    if not isinstance(value, list):
        raise ValueError(f"Send a list of numbers {REMOVE_HINT}, not {json_word(value)}.")
    if not 1 <= len(value) <= MAX_NUMBERS:
        raise ValueError(f"Send 1 to {MAX_NUMBERS:,} numbers {REMOVE_HINT}, not {len(value):,}.")
    strange = next((each for each in value if type(each) not in (int, float)), 0)
    if type(strange) not in (int, float):
        raise ValueError(f"Send numbers only: the list contains {json_word(strange)}.")
    try:
        return unit_vector(np.array(value, dtype=np.float64))
    except OverflowError:
        raise ValueError("A number is too large.") from None


def unit_vector(numbers: NDArray[np.floating[Any]]) -> SentVector:
    """Scale (F,) numbers to length 1: only the direction means something.

    Raises:
        ValueError: a number is not finite, or all are 0.
    """
    wide = numbers.astype(np.float64)
    if not np.isfinite(wide).all():
        raise ValueError("Send finite numbers: there is a NaN or an infinity.")
    largest = np.abs(wide).max()
    if largest == 0:
        raise ValueError(f"All numbers are 0: send another vector {REMOVE_HINT}.")
    shrunk = wide / largest  # the squares of large numbers would overflow
    kept = (shrunk / np.linalg.norm(shrunk)).astype(STORED_AS).tobytes()
    return SentVector(hashlib.sha256(kept).hexdigest(), kept)
