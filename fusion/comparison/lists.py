"""How the lists of two versions differ, over all shoppers."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from fusion.evaluation.bootstrap import Interval, interval

SHOWN = 10  # first places that are compared
RESAMPLES = 2000
MOST_MOVED = 8  # products named that gain or lose most


@dataclass(frozen=True, slots=True)
class Change:
    """What became of all lists together.

    The three shares have 95 % intervals over shoppers.

    Attributes:
        in_common: mean share of the first SHOWN products that both versions show.
        same_first: share of shoppers with the same product in the first place.
        same_list: share of shoppers whose lists are the same, in the same order.
        gained, lost: (product, lists of the first version, of the second) with the largest
            change.
    """

    shoppers: int
    in_common: Interval
    same_first: Interval
    same_list: Interval
    gained: list[tuple[int, int, int]]
    lost: list[tuple[int, int, int]]

    def plain(self) -> dict[str, Any]:
        """Return it for JSON."""
        return asdict(self)


def change(first: Sequence[Sequence[int]], second: Sequence[Sequence[int]]) -> Change:
    """Compare the lists of two versions, shopper by shopper.

    Raises:
        ValueError: there are no lists.
    """
    pairs = list(zip(first, second, strict=True))
    if not pairs:
        raise ValueError("Nobody's lists can be compared: no shopper has acted yet.")
    moved = _moved(first, second)
    return Change(
        shoppers=len(pairs),
        in_common=_share([len(set(a) & set(b)) / max(len(a), len(b), 1) for a, b in pairs]),
        same_first=_share([float(a[:1] == b[:1]) for a, b in pairs]),
        same_list=_share([float(list(a) == list(b)) for a, b in pairs]),
        gained=[each for each in moved if each[2] > each[1]][:MOST_MOVED],
        lost=[each for each in reversed(moved) if each[2] < each[1]][:MOST_MOVED],
    )


def _moved(
    first: Sequence[Sequence[int]], second: Sequence[Sequence[int]]
) -> list[tuple[int, int, int]]:
    """Return products with the lists that show them, the one that gains most first."""
    before = Counter(pk for each in first for pk in each)
    after = Counter(pk for each in second for pk in each)
    known = [(pk, before[pk], after[pk]) for pk in {*before, *after}]
    return sorted(known, key=lambda each: (each[1] - each[2], each[0]))


def _share(values: Sequence[float]) -> Interval:
    rng = np.random.default_rng(0)
    return interval(np.array(values, dtype=np.float64), resamples=RESAMPLES, rng=rng)
