"""What encoders return, as arrays."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from fusion.features.encoders import EncodingProblem, Vector


def stacked(outcomes: Sequence[Vector | EncodingProblem]) -> NDArray[np.float32]:
    """Return the vectors of a batch without problems as (P, D)."""
    assert [outcome for outcome in outcomes if isinstance(outcome, EncodingProblem)] == []
    return np.stack([vector for vector in outcomes if not isinstance(vector, EncodingProblem)])
