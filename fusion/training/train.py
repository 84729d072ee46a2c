"""From data to a recommender that can be served, resumable stage by stage.

measured  branches are trained without the holdouts; they stop, and the fusion is fitted, by
          the validation holdout; the report is read off the test holdout
served    branches trained again on everything, as long as the first time, with the fusion
          weights of the first stage: what shoppers get
"""

from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from fusion.config import TrainingConfig
from fusion.dataset.data import TrainingData
from fusion.network.recommender import Recommender
from fusion.training.branches import (
    MEASURED,
    SERVED,
    Plan,
    fit_branches,
    plan_from_json,
    plan_to_json,
)
from fusion.training.fusion_problem import collect
from fusion.training.fusion_weights import Rehearsed, fit_fusion
from fusion.training.group import rank
from fusion.training.progress import Progress, TrainingCancelled
from fusion.training.run import Run

__all__ = ["NotEnoughDataError", "TrainingCancelled", "fit_measured", "start", "train"]

MEASURED_SHARE, FUSION_SHARE, SERVED_SHARE = 0.5, 0.05, 0.45


class NotEnoughDataError(ValueError):
    """There is nothing to train on; the message says what is missing."""


def start(
    data: TrainingData, config: TrainingConfig, *, progress: Progress, checkpoint_dir: Path
) -> Run:
    """Begin a run, or take it up where its checkpoint folder left off.

    Raises:
        NotEnoughDataError: the snapshot holds no interactions.
    """
    if len(data.interactions) == 0 or data.num_items == 0:
        raise NotEnoughDataError("There are no interactions to train on. Import events first.")
    run = Run(data, config, progress, checkpoint_dir)
    run.claim_folder()
    return run


def train(
    data: TrainingData, config: TrainingConfig, *, progress: Progress, checkpoint_dir: Path
) -> Recommender:
    """Train branches and fusion and return the recommender to be served.

    Killed and called again with the same folder, data and settings it continues after the last
    finished epoch, with the same result.

    Raises:
        TrainingCancelled: `progress` asked to stop.
        NotEnoughDataError: the snapshot holds no interactions.
    """
    run = start(data, config, progress=progress, checkpoint_dir=checkpoint_dir)
    measured, plan = fit_measured(run)
    if not config.refit:
        return measured
    everything = run.split.interactions
    served, _ = fit_branches(run, SERVED, everything, plan=plan, share=SERVED_SHARE)
    served.fusion.load_state_dict(measured.fusion.state_dict())
    return served


def fit_measured(run: Run) -> tuple[Recommender, Plan]:
    """Train without the holdouts and fit the fusion on validation.

    The report is about this recommender: it never saw the test holdout.
    """
    weights, plan_file = run.folder / "fusion.safetensors", run.folder / "measured.plan.json"
    known = run.split.interactions.select(run.split.train)
    plan = plan_from_json(plan_file.read_text(encoding="utf-8")) if plan_file.exists() else None
    is_fitted = weights.exists()  # asked before another process of this run can write it
    recommender, plan = fit_branches(run, MEASURED, known, plan=plan, share=MEASURED_SHARE)
    if is_fitted:
        recommender.fusion.load_state_dict(load_file(weights))
    else:
        _fit_fusion(run, recommender)
        if rank() == 0:
            save_file(_tensors(recommender), weights)
            plan_file.write_text(plan_to_json(plan), encoding="utf-8")
    run.tell("fusion", FUSION_SHARE, "Fusion weights fitted.")
    return recommender, plan


def _fit_fusion(run: Run, recommender: Recommender) -> None:
    """Fit the fusion on the validation shoppers; without any it stays neutral."""
    validation = run.split.validation
    if len(validation) == 0:
        return
    config = run.config.fusion
    problem = collect(recommender, run.split.interactions, validation, candidates=config.candidates)
    rehearsed = Rehearsed(torch.from_numpy(run.new_items), torch.from_numpy(run.poorer_items))
    fit_fusion(recommender.fusion, problem, rehearsed, shrinkage=config.shrinkage)


def _tensors(recommender: Recommender) -> dict[str, Tensor]:
    """Return the fusion tables, ready to be written."""
    state = recommender.fusion.state_dict()
    return {name: value.contiguous() for name, value in state.items()}
