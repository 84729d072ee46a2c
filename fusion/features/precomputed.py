"""The encoder of modalities whose vectors the shop sends: it only reads what was kept."""

from collections.abc import Sequence

import numpy as np

from catalog.vectors import STORED_AS
from fusion.features.encoders import EncodingProblem, Vector


class SentVectors:
    """Takes the shop's own vectors as they are; see `Encoder`.

    Args:
        name: stable id, with the modality and the length in it.
        dim: D, how many numbers a vector must have.
    """

    modality = "vector"

    def __init__(self, *, name: str, dim: int) -> None:
        self.name = name
        self.dim = dim

    def encode(self, inputs: Sequence[bytes]) -> list[Vector | EncodingProblem]:
        """Read vectors; one of another length, from an earlier setting, is a problem."""
        return [self._read(each) for each in inputs]

    def _read(self, numbers: bytes) -> Vector | EncodingProblem:
        vector = np.frombuffer(numbers, STORED_AS).astype(np.float32)
        if len(vector) == self.dim:
            return vector
        return EncodingProblem(f"It has {len(vector):,} numbers, not {self.dim:,}. Send it again.")
