"""`FUSION_MODALITIES`: what a product is seen by, and what turns it into vectors."""

import re

from django.core.exceptions import ImproperlyConfigured

NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
MOST = 8  # the fusion keeps weights for every combination of them
# What answers, reports or torch's ModuleDict call other things by.
TAKEN = frozenset(
    {
        "behaviour",
        "fused",
        "rules",
        "popular",
        *("sequence", "co_occurrence", "popularity", "lexical"),
        *("early_fusion", "late_fusion", "late_fusion_equal", "item_knn"),
        *("keys", "values", "items", "pop", "clear", "update", "type", "train"),
    }
)


def parse_modalities(text: str) -> dict[str, str]:
    """Read `text=minilm,image=efficientnet-lite0,audio=precomputed`.

    Raises:
        ImproperlyConfigured: says which part is wrong, and what to write.
    """
    encoders: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, encoder = (each.strip() for each in part.partition("="))
        _require(bool(encoder), f'"{part}": write NAME=ENCODER, for example audio=precomputed.')
        _require(
            NAME.fullmatch(name) is not None and name not in TAKEN,
            f'"{name}": take another name, of at most 30 small letters, digits and _.',
        )
        _require(name not in encoders, f'"{name}" is there twice.')
        encoders[name] = encoder
    _require(len(encoders) <= MOST, f"name at most {MOST} modalities, not {len(encoders)}.")
    return encoders


def _require(holds: bool, message: str) -> None:
    if not holds:
        raise ImproperlyConfigured(f"FUSION_MODALITIES: {message}")
