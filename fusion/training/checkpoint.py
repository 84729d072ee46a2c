"""What a killed training goes on from: weights, optimizer and place in the course."""

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from fusion.training.descent import Descent
from fusion.training.group import rank
from fusion.training.objective import Trainable


@dataclass
class Course:
    """How far the training of one network has come.

    Attributes:
        step: batches of this epoch that are behind us.
        loss: summed over them.
        choices: in them.
    """

    epoch: int = 0
    step: int = 0
    loss: float = 0.0
    choices: int = 0
    best_epoch: int = 0
    best_score: float = -1.0
    finished: bool = False

    def add(self, loss: float, choices: int) -> None:
        """Take note of one batch."""
        self.step, self.loss, self.choices = self.step + 1, self.loss + loss, self.choices + choices

    def next_epoch(self) -> None:
        """Take note that an epoch is over."""
        self.epoch, self.step, self.loss, self.choices = self.epoch + 1, 0, 0.0, 0


@dataclass
class Checkpoint:
    """One file, written now and then and at the end, by the first process.

    Attributes:
        best: the best weights so far.
        seconds: at least between two writings.
    """

    path: Path
    network: Trainable
    descent: Descent
    course: Course
    seconds: float
    best: dict[str, Tensor] = field(default_factory=dict)
    _written_at: float = field(default_factory=time.monotonic)

    def keep(self) -> None:
        """Take the weights of this moment for the best; further training leaves them alone."""
        state = self.network.state_dict()
        self.best = {name: value.detach().clone() for name, value in state.items()}

    def save_if_due(self) -> None:
        """Write at the end, or if the last time was long ago."""
        is_long_ago = time.monotonic() - self._written_at >= self.seconds
        if rank() == 0 and (is_long_ago or self.course.finished):
            self._save()

    def _save(self) -> None:
        """Write beside and rename, so that a kill leaves the older one whole."""
        state = {
            "network": self.network.state_dict(),
            "descent": self.descent.state_dict(),
            "course": vars(self.course),
            "best": self.best,
        }
        beside = self.path.with_suffix(".part")
        torch.save(state, beside)
        os.replace(beside, self.path)
        self._written_at = time.monotonic()

    def restore(self) -> None:
        """Go on from the file; without one, from the weights of this moment."""
        if not self.path.exists():
            self.keep()
            return
        device = next(iter(self.network.parameters())).device
        state: dict[str, Any] = torch.load(self.path, weights_only=True, map_location=device)
        self.network.load_state_dict(state["network"])
        self.descent.load_state_dict(state["descent"])
        for name, value in state["course"].items():
            setattr(self.course, name, value)
        self.best = state["best"]
