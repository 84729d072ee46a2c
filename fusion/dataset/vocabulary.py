"""Product primary key to item row and back; row 0 stands for padding and unknown."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class Vocabulary:
    """The products a model knows, in row order."""

    def __init__(self, item_ids: NDArray[np.int64]) -> None:
        """Keep (N+1,) primary keys; row 0 must hold 0.

        Raises:
            ValueError: row 0 is taken, or a product appears twice.
        """
        if len(item_ids) == 0 or item_ids[0] != 0:
            raise ValueError("Row 0 of item_ids must hold 0: it is the padding row.")
        self.item_ids = item_ids
        self._order = np.argsort(item_ids, kind="stable")
        self._sorted = item_ids[self._order]
        if len(np.unique(self._sorted)) != len(item_ids):
            raise ValueError("A product appears twice in item_ids.")

    def __len__(self) -> int:
        """Return N+1, the padding row included."""
        return len(self.item_ids)

    def rows(self, product_pks: Sequence[int] | NDArray[np.int64]) -> NDArray[np.int64]:
        """Return one row per product, 0 where the product is unknown."""
        wanted = np.asarray(product_pks, dtype=np.int64)
        places = np.minimum(np.searchsorted(self._sorted, wanted), len(self._sorted) - 1)
        return np.where(self._sorted[places] == wanted, self._order[places], 0)
