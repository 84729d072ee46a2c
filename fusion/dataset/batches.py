"""Histories as rectangular arrays: the only place where ragged becomes padded."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fusion.dataset.data import Interactions


@dataclass(frozen=True)
class HistoryBatch:
    """Histories of B shoppers, oldest event first, padded with 0 on the right.

    Attributes:
        items: (B, L) int64 rows; 0 is padding.
        weights: (B, L) float32 strength of each event; 0 on padding.
        lengths: (B,) int64 events kept per shopper.
    """

    items: NDArray[np.int64]
    weights: NDArray[np.float32]
    lengths: NDArray[np.int64]


@dataclass(frozen=True)
class Spans:
    """Slices [start, stop) of the interaction arrays, one per shopper or window."""

    start: NDArray[np.int64]
    stop: NDArray[np.int64]

    def __len__(self) -> int:
        """Return the number of slices."""
        return len(self.start)

    def take(self, chosen: NDArray[np.int64] | NDArray[np.bool_]) -> "Spans":
        """Return the chosen slices."""
        return Spans(self.start[chosen], self.stop[chosen])


def shopper_spans(interactions: Interactions, num_shoppers: int) -> Spans:
    """Return one slice per shopper; empty for a shopper without interactions."""
    edges = np.searchsorted(interactions.shopper, np.arange(num_shoppers + 1))
    return Spans(edges[:-1].astype(np.int64), edges[1:].astype(np.int64))


def windows(spans: Spans, length: int, rng: np.random.Generator) -> Spans:
    """Cut slices into windows of at most `length`, so that long histories train in full.

    The first cut of a slice is random: with other cuts in each epoch no event always stands
    at the start of a window, without context.
    """
    sizes = spans.stop - spans.start
    lead = np.where(
        sizes > length, rng.integers(1, length + 1, len(spans)), np.minimum(sizes, length)
    )
    counts = 1 + -(-(sizes - lead) // length)
    owner = np.repeat(np.arange(len(spans)), counts)
    place = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    stop = np.minimum(spans.start[owner] + lead[owner] + place * length, spans.stop[owner])
    start = np.where(
        place > 0, spans.start[owner] + lead[owner] + (place - 1) * length, spans.start[owner]
    )
    # One event is shared by neighbouring windows: the last one read is the first one's target.
    return Spans(np.maximum(start - (place > 0), spans.start[owner]), stop)


def gather(interactions: Interactions, spans: Spans, length: int) -> HistoryBatch:
    """Return the newest `length` interactions of each slice as one padded batch."""
    start = np.maximum(spans.start, spans.stop - length)
    lengths = spans.stop - start
    width = max(int(lengths.max(initial=1)), 1)
    offsets = np.arange(width)
    inside = offsets < lengths[:, None]
    index = np.where(inside, start[:, None] + offsets, 0)
    if len(interactions) == 0:
        empty = np.zeros(index.shape)
        return HistoryBatch(empty.astype(np.int64), empty.astype(np.float32), lengths)
    items = np.where(inside, interactions.item[index], 0).astype(np.int64)
    weights = np.where(inside, interactions.weight[index], 0).astype(np.float32)
    return HistoryBatch(items, weights, lengths)


def met_items(interactions: Interactions, spans: Spans) -> NDArray[np.int64]:
    """Return (B, longest) all item rows of each slice, however long, padded with 0.

    A model reads the newest events only; what may not be shown again is all of them.
    """
    longest = int((spans.stop - spans.start).max(initial=1))
    return gather(interactions, spans, longest).items


def batches_by_tokens(
    spans: Spans, *, tokens: int, length: int, rng: np.random.Generator
) -> Iterator[NDArray[np.int64]]:
    """Yield indices of slices of similar length, about `tokens` padded places per batch.

    Similar lengths share a batch: most shoppers have few events, and padding them to
    the longest history would waste most of the work.
    """
    lengths = np.minimum(spans.stop - spans.start, length)
    order = np.lexsort((rng.random(len(spans)), lengths))
    cuts = _cuts(lengths[order], tokens)
    for batch in rng.permutation(len(cuts) - 1):
        yield order[cuts[batch] : cuts[batch + 1]]


def _cuts(sorted_lengths: NDArray[np.int64], tokens: int) -> list[int]:
    """Return the borders between batches of ascending lengths."""
    cuts = [0]
    while cuts[-1] < len(sorted_lengths):
        first = cuts[-1]
        # The longest of a batch is its last: shrink the guess until the padding fits.
        stop = min(
            first + max(tokens // max(int(sorted_lengths[first]), 1), 1), len(sorted_lengths)
        )
        longest = max(int(sorted_lengths[stop - 1]), 1)
        cuts.append(min(first + max(tokens // longest, 1), stop))
    return cuts


def moments(interactions: Interactions) -> NDArray[np.int64]:
    """Return (E,) numbers that rise by 1 with every new moment of a shopper."""
    changed = (np.diff(interactions.shopper) != 0) | (np.diff(interactions.occurred_at) != 0)
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(changed)])[: len(interactions)]


def shuffled_ties(interactions: Interactions, rng: np.random.Generator) -> Interactions:
    """Return the interactions with events of one shopper and one moment in random order.

    Imports often hold days, not seconds; the order inside a day is then the order of
    the file, and a model would learn it.
    """
    moment = moments(interactions)
    if len(moment) == 0 or moment[-1] == len(moment) - 1:
        return interactions
    # Sorted but for the ties, which a stable sort goes through quickly.
    return interactions.select(np.argsort(moment + rng.random(len(moment)), kind="stable"))
