"""Ranges of items whose work together fits into memory."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray


def blocks(work: NDArray[np.int64], limit: int) -> Iterator[tuple[int, int]]:
    """Yield (first, stop) ranges of about `limit` work each, at least one item.

    Args:
        work: (N,) of each item.
    """
    number = np.cumsum(work, dtype=np.int64) // limit
    starts = np.flatnonzero(np.diff(number, prepend=-1))
    yield from zip(starts.tolist(), [*starts[1:].tolist(), len(work)], strict=True)
