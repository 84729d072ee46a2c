"""What one network learns from, batch by batch."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fusion.config import SequenceConfig
from fusion.dataset.batches import (
    HistoryBatch,
    Spans,
    batches_by_tokens,
    gather,
    shopper_spans,
    shuffled_ties,
    windows,
)
from fusion.dataset.data import Interactions
from fusion.network.history import History
from fusion.network.losses import Sample, Sampler
from fusion.training.seed import generator


class Batch(NamedTuple):
    """Histories of B shoppers and the P choices that follow their events.

    Attributes:
        inputs: of B shoppers; with `rows`, its items are places in `rows`.
        asked: (P,) places in the flattened (B, L) inputs after which a choice is known.
        targets: (P,) chosen items; rows, or places in `rows`.
        rows: (R,) the distinct item rows the batch is about, 0 first; None stands for all.
        sample: items that stand for all in the softmax; None: all do.
        choices: known choices of the whole batch, those of other processes included.
    """

    inputs: History
    asked: Tensor
    targets: Tensor
    rows: Tensor | None
    sample: Sample | None
    choices: int

    def to(self, device: torch.device) -> "Batch":
        """Return the batch on a device."""
        sample = self.sample
        return Batch(
            self.inputs.to(device),
            self.asked.to(device),
            self.targets.to(device),
            None if self.rows is None else self.rows.to(device),
            None if sample is None else Sample(*(each.to(device) for each in sample)),
            self.choices,
        )


@dataclass(frozen=True)
class Lesson:
    """What one network learns from, and under which name.

    Attributes:
        name: purpose of the random numbers; lessons of different names are independent.
        counts: (N+1,) interactions per item, for drawing negatives.
    """

    name: str
    interactions: Interactions
    num_shoppers: int
    counts: Tensor
    config: SequenceConfig
    history_length: int
    seed: int

    @property
    def is_sampled(self) -> bool:
        """Tell whether a sample stands for all items in the softmax."""
        return len(self.counts) - 1 > self.config.full_softmax_up_to

    @cached_property
    def sampler(self) -> Sampler:
        """Return what draws the sample."""
        return Sampler(self.counts, self.config.negatives)

    def epoch(self, number: int) -> "Epoch":
        """Return the batches of one epoch, in their order."""
        rng = generator(self.seed, self.name, number)
        # Reshuffled each epoch: the order inside one moment carries nothing to learn.
        interactions = shuffled_ties(self.interactions, rng)
        whole = shopper_spans(interactions, self.num_shoppers)
        spans = windows(whole, self.history_length, rng)
        spans = spans.take(spans.stop - spans.start >= 2)
        cuts = batches_by_tokens(
            spans, tokens=self.config.tokens_per_batch, length=self.history_length + 1, rng=rng
        )
        return Epoch(self, number, interactions, spans, list(cuts))


@dataclass(frozen=True)
class Epoch:
    """One pass over all windows.

    Attributes:
        interactions: with ties shuffled for this epoch.
        spans: windows of histories.
        cuts: which windows make up each batch.
    """

    lesson: Lesson
    number: int
    interactions: Interactions
    spans: Spans
    cuts: list[NDArray[np.int64]]

    def __len__(self) -> int:
        """Return the number of batches."""
        return len(self.cuts)

    def batches(self, first: int, part: int, parts: int) -> Iterator[Batch]:
        """Yield batches from the given one on; of each, every `parts`-th window from `part`."""
        for step in range(first, len(self.cuts)):
            chosen = self.cuts[step]
            sizes = (self.spans.stop - self.spans.start)[chosen]
            yield self._batch(step, chosen[part::parts], int((sizes - 1).sum()))

    def _batch(self, step: int, chosen: NDArray[np.int64], choices: int) -> Batch:
        """Split windows into what is read and what comes next."""
        lesson = self.lesson
        whole = gather(self.interactions, self.spans.take(chosen), lesson.history_length + 1)
        following = whole.items[:, 1:].ravel()
        asked = np.flatnonzero(following > 0)
        items, targets, rows, sample = whole.items[:, :-1], following[asked], None, None
        if lesson.is_sampled:
            rng = generator(lesson.seed, lesson.name, self.number, step)
            items, targets, rows, sample = _compact(items, targets, lesson.sampler.draw(rng))
        inputs = HistoryBatch(
            np.ascontiguousarray(items),
            np.ascontiguousarray(whole.weights[:, :-1]),
            whole.lengths - 1,
        )
        return Batch(
            History.from_batch(inputs),
            torch.from_numpy(asked),
            torch.from_numpy(targets),
            rows,
            sample,
            choices,
        )


def _compact(
    items: NDArray[np.int64], targets: NDArray[np.int64], sample: Sample
) -> tuple[NDArray[np.int64], NDArray[np.int64], Tensor, Sample]:
    """Return items, targets and sample as places among the distinct rows, and those rows."""
    parts = [np.zeros(1, dtype=np.int64), items.ravel(), targets, sample.rows.numpy()]
    rows, places = np.unique(np.concatenate(parts), return_inverse=True)
    _, read, wanted, drawn = np.split(places, np.cumsum([len(part) for part in parts])[:-1])
    compact = Sample(torch.from_numpy(drawn), sample.log_expected)
    return read.reshape(items.shape), wanted, torch.from_numpy(rows), compact
