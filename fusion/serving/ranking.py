"""The answer to one request: columns, and items for those who want them one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self, overload

import numpy as np
from numpy.typing import NDArray


class RankedItem(NamedTuple):
    """One item of an answer; the contributions add up to the score.

    `behaviour` holds what sequence, co-occurrence and popularity say together: all three are
    what shoppers did.
    """

    product_pk: int
    score: float
    contributions: dict[str, float]


@dataclass(frozen=True, eq=False)
class Ranking(Sequence[RankedItem]):
    """K items, best first. An item is made when it is asked for: most are only passed on.

    Attributes:
        branches: M names.
        product_pks: K keys.
        scores: (K,).
        contributions: (K, M) what each branch adds.
    """

    branches: tuple[str, ...]
    product_pks: list[int]
    scores: NDArray[np.floating]
    contributions: NDArray[np.floating]

    def __len__(self) -> int:
        """Return K."""
        return len(self.product_pks)

    @overload
    def __getitem__(self, place: int) -> RankedItem: ...

    @overload
    def __getitem__(self, place: slice) -> Self: ...

    def __getitem__(self, place: int | slice) -> RankedItem | Self:
        """Return one item, or some as a ranking of their own."""
        pks, scores, parts = self.product_pks[place], self.scores[place], self.contributions[place]
        if isinstance(pks, int):
            return RankedItem(pks, float(scores), self._named(parts.tolist()))
        return type(self)(self.branches, pks, scores, parts)

    def __iter__(self) -> Iterator[RankedItem]:
        """Give the items, best first."""
        columns = self.product_pks, self.scores.tolist(), self.contributions.tolist()
        for pk, score, parts in zip(*columns, strict=True):
            yield RankedItem(pk, score, self._named(parts))

    def _named(self, parts: list[float]) -> dict[str, float]:
        return dict(zip(self.branches, parts, strict=True))


def no_items(branches: Sequence[str]) -> Ranking:
    """Return the ranking of nothing."""
    none = np.zeros(0, dtype=np.float32)
    return Ranking(tuple(branches), [], none, none.reshape(0, len(branches)))
