"""Encode the texts and pictures of a data folder where that has not been done."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.datasets import encoder_inputs
from fusion.features.encoders import EncodingProblem, get_encoder

ENCODERS = {"text": "minilm", "image": "efficientnet-lite0"}
BATCH = 64


def encode_missing(data: Path, vectors: Path) -> None:
    """Encode each modality whose file is not there yet."""
    vectors.mkdir(parents=True, exist_ok=True)
    for modality, spec in ENCODERS.items():
        file = vectors / f"{modality}.npz"
        if not file.exists():
            ids, found = _encode(spec, encoder_inputs(data, modality))
            np.savez(file, allow_pickle=False, item_id=np.array(ids), vector=found)


def _encode(spec: str, inputs: dict[str, Any]) -> tuple[list[str], NDArray[np.float32]]:
    """Encode inputs by item id; an item that cannot be encoded is left out."""
    encoder, ids = get_encoder(spec), list(inputs)
    known: dict[str, NDArray[np.float32]] = {}
    for first in range(0, len(ids), BATCH):
        batch = ids[first : first + BATCH]
        for item, outcome in zip(batch, encoder.encode([inputs[i] for i in batch]), strict=True):
            if not isinstance(outcome, EncodingProblem):
                known[item] = outcome
        print(f"{spec}: {min(first + BATCH, len(ids))}/{len(ids)}", end="\r", file=sys.stderr)
    return list(known), np.stack(list(known.values()))
