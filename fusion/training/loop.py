"""Train one network on the next item: the whole loop on one page."""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

from fusion.training.checkpoint import Checkpoint, Course
from fusion.training.descent import Descent
from fusion.training.device import autocast, training_device
from fusion.training.group import agreed, rank, summed, together, world
from fusion.training.lesson import Lesson
from fusion.training.objective import Objective, Trainable
from fusion.training.seed import number

BATCHES_PER_PULSE = 50

EpochReport = Callable[[int, float, float], None]
Loss = Callable[..., Tensor]


def fit(
    network: Trainable,
    lesson: Lesson,
    *,
    validate: Callable[[], float] | None,
    epochs: int,
    checkpoint: Path,
    report: EpochReport,
    pulse: Callable[[], None] = lambda: None,
    seconds_between_checkpoints: float = 300.0,
) -> int:
    """Train until the validation score stops rising, or for exactly `epochs` without one.

    Continues from `checkpoint` where that exists, with the same result as an undisturbed run.
    Of several processes the first validates and writes; all end with the same weights.

    Args:
        network: the module to train; ends on the CPU with its best weights.
        validate: NDCG@10 of the network on held-out interactions.
        report: called after each epoch with (epoch, loss, score); may raise to stop.
        pulse: called now and then within an epoch; may raise to stop.

    Returns:
        The number of epochs the kept weights were trained.
    """
    device, course = training_device(), Course()
    network.to(device)
    # NCCL cannot add sparse gradients, and a GPU does a whole table in no time.
    is_sparse = lesson.is_sampled and device.type == "cpu"
    descent = Descent(network, lesson.config, is_sparse=is_sparse)
    keeper = Checkpoint(checkpoint, network, descent, course, seconds_between_checkpoints)
    keeper.restore()
    objective = _objective(network, device)
    while not course.finished:
        _epoch(network, objective, lesson, keeper, pulse)
        loss = summed(course.loss) / max(course.choices, 1)
        course.next_epoch()
        score = _score(validate, course)
        if score > course.best_score:
            course.best_score, course.best_epoch = score, course.epoch
            keeper.keep()
        stale = course.epoch - course.best_epoch
        course.finished = course.epoch >= epochs or stale >= lesson.config.patience
        keeper.save_if_due()
        report(course.epoch, loss, score)
    network.load_state_dict(keeper.best)
    network.to("cpu")
    network.eval()
    return course.best_epoch


def _objective(network: Trainable, device: torch.device) -> Loss:
    """Return what computes the loss: averaged over all processes, compiled on a GPU."""
    objective: nn.Module = together(Objective(network))
    return torch.compile(objective, dynamic=True) if device.type == "cuda" else objective


def _score(validate: Callable[[], float] | None, course: Course) -> float:
    """Return what is to rise: the first process's validation score, or else the epoch."""
    if validate is None:
        return float(course.epoch)
    return agreed(validate() if rank() == 0 else 0.0)


def _epoch(
    network: Trainable,
    objective: Loss,
    lesson: Lesson,
    keeper: Checkpoint,
    pulse: Callable[[], None],
) -> None:
    """Go once over all windows, or over those a killed run has left."""
    course, device, processes = keeper.course, training_device(), world()
    epoch = lesson.epoch(course.epoch)
    network.train()
    with torch.random.fork_rng():
        for batch in epoch.batches(course.step, rank(), processes):
            # Each step has random numbers of its own, so that a run can go on from any.
            torch.manual_seed(number(lesson.seed, lesson.name, course.epoch, course.step, rank()))
            with autocast(device):
                loss = objective(batch.to(device))
            way = (course.epoch + course.step / len(epoch)) / lesson.config.max_epochs
            # Gradients are averaged over the processes, but each has only its part of the sum.
            keeper.descent.step(loss * (processes / batch.choices), way)
            course.add(float(loss.detach()), batch.choices)
            keeper.save_if_due()
            if course.step % BATCHES_PER_PULSE == 0:
                pulse()
    network.eval()
