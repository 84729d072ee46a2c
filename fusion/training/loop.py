"""Train one network on the next item: the whole loop on one page."""

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from fusion.config import SequenceConfig
from fusion.dataset.batches import (
    Spans,
    batches_by_tokens,
    gather,
    shopper_spans,
    shuffled_ties,
    windows,
)
from fusion.dataset.data import Interactions
from fusion.network.history import History
from fusion.network.losses import DenseNetwork, Sample, full_softmax, sampled_softmax
from fusion.training.seed import generator, torch_seeded


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


@dataclass
class Course:
    """How far the training of one network has come."""

    epoch: int = 0
    best_epoch: int = 0
    best_score: float = -1.0
    finished: bool = False


EpochReport = Callable[[int, float, float], None]


class Trainable(DenseNetwork, Protocol):
    """A module the loop can train: a network with queries, item vectors and parameters."""

    def parameters(self, recurse: bool = True) -> Iterator[nn.Parameter]:
        """Return what the optimizer changes."""
        ...

    def state_dict(self) -> dict[str, Tensor]:
        """Return all weights by name."""
        ...

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> Any:
        """Take over weights."""
        ...

    def train(self, mode: bool = True) -> Any:
        """Switch dropout on."""
        ...

    def eval(self) -> Any:
        """Switch dropout off."""
        ...


def fit(
    network: Trainable,
    lesson: Lesson,
    *,
    validate: Callable[[], float] | None,
    epochs: int,
    checkpoint: Path,
    report: EpochReport,
) -> int:
    """Train until the validation score stops rising, or for exactly `epochs` without one.

    Continues from `checkpoint` where that exists, with the same result as an undisturbed run.

    Args:
        network: the module to train; ends with its best weights.
        validate: NDCG@10 of the network on held-out interactions.
        report: called after each epoch with (epoch, loss, score); may raise to stop.

    Returns:
        The number of epochs the kept weights were trained.
    """
    parameters = [p for p in network.parameters() if p.requires_grad]
    config = lesson.config
    optimizer = torch.optim.AdamW(
        parameters, lr=config.learning_rate, weight_decay=config.weight_decay
    )
    best = _copy(network)
    course = Course()
    if checkpoint.exists():
        best = _restore(checkpoint, network, optimizer, course)
    while not course.finished:
        loss = _epoch(network, optimizer, lesson, course.epoch)
        course.epoch += 1
        score = validate() if validate else float(course.epoch)
        if score > course.best_score:
            course.best_score, course.best_epoch = score, course.epoch
            best = _copy(network)
        stale = course.epoch - course.best_epoch
        course.finished = course.epoch >= epochs or stale >= config.patience
        _save(checkpoint, network, optimizer, course, best)
        report(course.epoch, loss, score)
    network.load_state_dict(best)
    network.eval()
    return course.best_epoch


def _epoch(
    network: Trainable, optimizer: torch.optim.Optimizer, lesson: Lesson, epoch: int
) -> float:
    """Go once over all windows; return the mean loss."""
    network.train()
    losses = []
    rng = generator(lesson.seed, lesson.name, epoch)
    with torch_seeded(lesson.seed, lesson.name, epoch) as source:
        for inputs, targets in _lessons(lesson, rng):
            optimizer.zero_grad(set_to_none=True)
            loss = _loss(network, inputs, targets, lesson, source)
            loss.backward()
            nn.utils.clip_grad_norm_(network.parameters(), 5.0)
            optimizer.step()
            losses.append(float(loss.detach()))
    network.eval()
    return float(np.mean(losses)) if losses else 0.0


def _lessons(lesson: Lesson, rng: np.random.Generator) -> Iterator[tuple[History, Tensor]]:
    """Yield histories and (B, L) next items; 0 where there is none."""
    # Reshuffled each epoch: the order inside one moment carries nothing to learn.
    interactions = shuffled_ties(lesson.interactions, rng)
    width = lesson.history_length + 1
    whole = shopper_spans(interactions, lesson.num_shoppers)
    spans = windows(whole, lesson.history_length, rng)
    spans = spans.take(spans.stop - spans.start >= 2)
    tokens = lesson.config.tokens_per_batch
    for chosen in batches_by_tokens(spans, tokens=tokens, length=width, rng=rng):
        yield _lesson(interactions, spans.take(chosen), width)


def _lesson(interactions: Interactions, spans: Spans, width: int) -> tuple[History, Tensor]:
    """Split windows into what is read and what comes next."""
    whole = History.from_batch(gather(interactions, spans, width))
    inputs = History(whole.items[:, :-1], whole.weights[:, :-1], whole.lengths - 1)
    return inputs, whole.items[:, 1:]


def _loss(
    dense: DenseNetwork, inputs: History, targets: Tensor, lesson: Lesson, source: torch.Generator
) -> Tensor:
    """Return the loss of one batch, over all items or a sample as the catalogue allows."""
    asked = targets > 0
    queries, wanted = dense.queries(inputs)[asked], targets[asked]
    if len(lesson.counts) - 1 <= lesson.config.full_softmax_up_to:
        return full_softmax(queries, wanted, dense.item_vectors())
    sample = Sample(lesson.counts, lesson.config.negatives, source)
    return sampled_softmax(queries, wanted, dense, sample)


def _copy(network: Trainable) -> dict[str, Tensor]:
    """Return a copy of the weights that further training leaves alone."""
    return {name: value.detach().clone() for name, value in network.state_dict().items()}


def _save(
    path: Path,
    network: Trainable,
    optimizer: torch.optim.Optimizer,
    course: Course,
    best: dict[str, Tensor],
) -> None:
    """Write the checkpoint beside and rename it, so that a kill leaves the older one whole."""
    state = {
        "network": network.state_dict(),
        "optimizer": optimizer.state_dict(),
        "course": vars(course),
        "best": best,
    }
    beside = path.with_suffix(".part")
    torch.save(state, beside)
    os.replace(beside, path)


def _restore(
    path: Path, network: Trainable, optimizer: torch.optim.Optimizer, course: Course
) -> dict[str, Tensor]:
    """Read a checkpoint into the network, the optimizer and the course; return the best weights."""
    state: dict[str, Any] = torch.load(path, weights_only=True)
    network.load_state_dict(state["network"])
    optimizer.load_state_dict(state["optimizer"])
    for name, value in state["course"].items():
        setattr(course, name, value)
    best: dict[str, Tensor] = state["best"]
    return best
