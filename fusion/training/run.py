"""One run's data, settings, checkpoint folder and progress, handed from stage to stage."""

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fusion.config import TrainingConfig
from fusion.dataset.data import TrainingData
from fusion.dataset.holdout import Holdout, Split, leave_last_out
from fusion.training.group import rank, wait_for_all
from fusion.training.progress import Progress
from fusion.training.seed import generator

WATCHED_SHOPPERS = 1500  # enough to tell epochs apart, and quick
NEW_ITEMS = 0.1  # of the catalogue kept from the content branches while the fusion is fitted
POORER_ITEMS = 0.5  # of the catalogue: as many without a text or picture as with one


@dataclass
class Run:
    """What all stages of one run share.

    Attributes:
        done: share of the whole run that is behind us.
    """

    data: TrainingData
    config: TrainingConfig
    progress: Progress
    folder: Path
    done: float = 0.0

    @cached_property
    def split(self) -> Split:
        """Return the holdouts; the same for every stage of the run."""
        rng = generator(self.config.seed, "split")
        return leave_last_out(self.data, rng, validation_shoppers=self.config.fusion.shoppers)

    @cached_property
    def watched(self) -> Holdout:
        """Return the validation shoppers that are ranked after every epoch."""
        rng = generator(self.config.seed, "watched")
        return self.split.validation.sample(WATCHED_SHOPPERS, rng)

    @cached_property
    def new_items(self) -> NDArray[np.bool_]:
        """Return (N+1,) items the measured content branches never meet.

        What such a branch says of them is what it will say of a product that comes tomorrow;
        the fusion learns from them how far to trust that.
        """
        chance = generator(self.config.seed, "new items").random(self.data.num_items + 1)
        return chance < NEW_ITEMS

    @cached_property
    def poorer_items(self) -> NDArray[np.bool_]:
        """Return (N+1,) items the fusion is fitted on as if their content were missing."""
        chance = generator(self.config.seed, "poorer items").random(self.data.num_items + 1)
        return chance < POORER_ITEMS

    def tell(self, stage: str, share: float, message: str = "", **curve_point: float) -> None:
        """Report progress; `share` is how much of the whole run this step was."""
        self.done = min(self.done + share, 1.0)
        self.progress(stage, self.done, message, **curve_point)

    def claim_folder(self) -> None:
        """Make the checkpoint folder ours: another data set's or setting's checkpoints go."""
        if rank() == 0:
            self._claim_folder()
        wait_for_all()

    def _claim_folder(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        label = self.folder / "run.json"
        own = json.dumps([self.data.data_hash, self.config.to_json()])
        if label.exists() and label.read_text(encoding="utf-8") == own:
            return
        for stale in (*self.folder.glob("*.pt"), *self.folder.glob("*.safetensors")):
            stale.unlink()
        for stale in self.folder.glob("*.plan.json"):
            stale.unlink()
        label.write_text(own, encoding="utf-8")
