"""Short vectors that foretell inner products: a first look at a whole catalogue.

Long vectors are turned so that as much as possible of what queries find lies in the first few
numbers, and only these are kept: principal components of the items as typical queries weigh them.
"""

from dataclasses import dataclass, replace
from typing import Self

import torch
from torch import Tensor

SHARE = 0.98  # of the mean squared score that the kept numbers carry
RIDGE = 1e-6  # of the mean weight: what no typical query asks for weighs that little
TINY = 1e-12  # mean weight at least: a model may have nothing to say


@dataclass(frozen=True)
class ShortVectors:
    """A catalogue's short vectors.

    Shapes: B queries, C products, N items, W width of a long vector, R of a short one.

    Attributes:
        asking: (W, R) shortens queries.
        placing: (W, R) shortens items.
        columns: (R, N+1) short item vectors, in the order in which a full pass reads them.
    """

    asking: Tensor
    placing: Tensor
    columns: Tensor

    @classmethod
    def of(cls, matrix: Tensor, queries: Tensor) -> Self | None:
        """Return the short vectors of items; None where they would not be half as long.

        Args:
            matrix: (N+1, W) item vectors.
            queries: (S, W) typical queries.
        """
        weights, axes = torch.linalg.eigh(_moment(queries))
        spread = weights.clamp(min=float(RIDGE * weights.mean().clamp(min=TINY))).sqrt()
        root = axes * spread
        carried, directions = torch.linalg.eigh(root.T @ _moment(matrix) @ root)
        carried = carried.clamp(min=0)
        lost = carried.cumsum(0) / carried.sum()  # with so many of the least
        kept = directions[:, lost > 1 - SHARE]
        if 2 * kept.shape[1] > matrix.shape[1]:
            return None
        asking = ((axes / spread) @ kept).to(matrix)
        placing = (root @ kept).to(matrix)
        return cls(asking, placing, (matrix @ placing).T.contiguous())

    def scores(self, queries: Tensor) -> Tensor:
        """Return (B, N+1): about the inner products of (B, W) queries and the items."""
        return (queries @ self.asking) @ self.columns

    def grown(self, matrix: Tensor, rows: Tensor) -> Self:
        """Return those of a catalogue in which (C,) rows joined or changed.

        Args:
            matrix: (N+1, W) item vectors as they are now.
        """
        joined = len(matrix) - self.columns.shape[1]
        columns = torch.nn.functional.pad(self.columns, (0, joined))
        columns[:, rows] = (matrix[rows] @ self.placing).T
        return replace(self, columns=columns)


def _moment(vectors: Tensor) -> Tensor:
    """Return the (W, W) mean of the outer products of vectors with themselves."""
    return (vectors.T @ vectors / len(vectors)).double()
