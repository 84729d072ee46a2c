"""Split by time: each shopper's last new item is test, the one before it validation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fusion.dataset.batches import Spans, shopper_spans, shuffled_ties
from fusion.dataset.data import Interactions, TrainingData


@dataclass(frozen=True)
class Holdout:
    """One held-out item per shopper, and the slice of history that came before it.

    Attributes:
        shopper: (S,) int32 shoppers with a held-out item.
        target: (S,) int32 the held-out item rows.
        occurred_at: (S,) int64 unix seconds of the held-out interaction.
        history: S slices of `Split.interactions`, ending before the held-out one.
    """

    shopper: NDArray[np.int32]
    target: NDArray[np.int32]
    occurred_at: NDArray[np.int64]
    history: Spans

    def __len__(self) -> int:
        """Return S."""
        return len(self.shopper)

    def take(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> "Holdout":
        """Return the holdout of the chosen shoppers."""
        return Holdout(
            self.shopper[chosen],
            self.target[chosen],
            self.occurred_at[chosen],
            self.history.take(chosen),
        )

    def sample(self, size: int, rng: np.random.Generator) -> "Holdout":
        """Return at most `size` shoppers, drawn without replacement, in order."""
        if size >= len(self):
            return self
        return self.take(np.sort(rng.choice(len(self), size, replace=False)))


@dataclass(frozen=True)
class Split:
    """Interactions with ties shuffled, and what was held out of them.

    Attributes:
        train: (E,) bool, what a model that is measured on either holdout may learn from.
    """

    interactions: Interactions
    train: NDArray[np.bool_]
    validation: Holdout
    test: Holdout


def leave_last_out(
    data: TrainingData, rng: np.random.Generator, *, validation_shoppers: int
) -> Split:
    """Hold out the last item each shopper met for the first time, and of some the one before.

    A repeat purchase is no test of a recommender that hides what was bought, so only
    first meetings count. Everything from the held-out interaction on stays out of
    training, repeats included. A shopper with one item has no holdout; with two, a
    test holdout only. Where baskets are small every validation item costs dearly in training, so
    only a sample of shoppers gives one.
    """
    interactions = shuffled_ties(data.interactions, rng)
    spans = shopper_spans(interactions, data.num_shoppers)
    first = np.flatnonzero(_is_first_meeting(interactions))
    counts = np.bincount(interactions.shopper[first], minlength=data.num_shoppers)
    ends = np.cumsum(counts)
    test_at = _nth_from_end(first, ends, counts, 1)
    validation_at = _nth_from_end(first, ends, counts, 2)
    validated = _sample(counts >= 3, validation_shoppers, rng)
    limit = np.where(validated, validation_at, test_at)
    return Split(
        interactions=interactions,
        train=np.arange(len(interactions)) < limit[interactions.shopper],
        validation=_holdout(interactions, spans, validation_at, validated),
        test=_holdout(interactions, spans, test_at, counts >= 2),
    )


def _sample(allowed: NDArray[np.bool_], size: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Keep at most `size` of the allowed shoppers, drawn without replacement."""
    chosen = np.flatnonzero(allowed)
    kept = np.zeros_like(allowed)
    kept[rng.choice(chosen, min(size, len(chosen)), replace=False)] = True
    return kept


def _is_first_meeting(interactions: Interactions) -> NDArray[np.bool_]:
    """Mark the first interaction of each (shopper, item) pair."""
    width = int(interactions.item.max(initial=0)) + 1
    pairs = interactions.shopper.astype(np.int64) * width + interactions.item
    first = np.zeros(len(pairs), dtype=np.bool_)
    first[np.unique(pairs, return_index=True)[1]] = True
    return first


def _nth_from_end(
    first: NDArray[np.int64], ends: NDArray[np.int64], counts: NDArray[np.int64], n: int
) -> NDArray[np.int64]:
    """Return the position of each shopper's n-th last new item; end of the data where none."""
    position = np.full(len(counts), np.iinfo(np.int64).max)
    enough = counts > n
    position[enough] = first[ends[enough] - n]
    return position


def _holdout(
    interactions: Interactions,
    spans: Spans,
    position: NDArray[np.int64],
    chosen: NDArray[np.bool_],
) -> Holdout:
    """Build the holdout of the chosen shoppers from the positions of their targets."""
    shopper = np.flatnonzero(chosen).astype(np.int32)
    target_at = position[shopper]
    return Holdout(
        shopper=shopper,
        target=interactions.item[target_at],
        occurred_at=interactions.occurred_at[target_at],
        history=Spans(spans.start[shopper], target_at),
    )
