"""What contestants learn from, and the product's own recommender learned from it."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import torch
from scipy import sparse
from torch import Tensor

from fusion.dataset.data import Interactions, TrainingData
from fusion.network.recommender import Recommender
from fusion.training.branches import Plan, fit_branches
from fusion.training.run import Run
from fusion.training.train import fit_measured


@dataclass
class Study:
    """One set of interactions to learn from; every contestant of a run reads the same.

    Attributes:
        run: the product's run, whose split holds the validation shoppers that stop networks.
        learn: the training interactions, sorted by shopper and time.
        first: the study on which settings were chosen, where this one repeats it on more data.
        memo: what settings of one contestant share; emptied between contestants.
    """

    run: Run
    learn: Interactions
    first: "Study | None" = None
    memo: dict[str, Any] = field(default_factory=dict)

    @property
    def data(self) -> TrainingData:
        """Return the catalogue and its features."""
        return self.run.data

    @property
    def seed(self) -> int:
        """Return the seed of everything random."""
        return self.run.config.seed

    @cached_property
    def matrix(self) -> sparse.csr_matrix:
        """Return (shoppers, N+1) float32, 1 where a shopper has met an item."""
        ones = np.ones(len(self.learn), dtype=np.float32)
        shape = (self.data.num_shoppers, self.data.num_items + 1)
        met = sparse.csr_matrix((ones, (self.learn.shopper, self.learn.item)), shape=shape)
        met.data[:] = 1
        return met

    @cached_property
    def counts(self) -> Tensor:
        """Return (N+1,) training interactions per item."""
        counts = np.bincount(self.learn.item, minlength=self.data.num_items + 1)
        return torch.from_numpy(counts).float()

    @property
    def recommender(self) -> Recommender:
        """Return our branches and fusion, trained once per study."""
        return self.trained[0]

    @cached_property
    def trained(self) -> tuple[Recommender, Plan]:
        """Return our recommender and the plan it was trained by."""
        if self.first is None:
            return fit_measured(self.run)
        measured, plan = self.first.trained
        served = self.refit(plan)
        served.fusion.load_state_dict(measured.fusion.state_dict())
        return served, plan

    def refit(self, plan: Plan) -> Recommender:
        """Train the branches on everything of this study, as the product does before serving."""
        return fit_branches(self.run, "served", self.learn, plan=plan, share=0.0)[0]
