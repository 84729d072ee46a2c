"""From data to a recommender that can be served, resumable stage by stage.

    holdout   branches are trained on what came before the validation holdout, and stop there;
              the fusion is fitted on the same holdout, which the branches never saw
    measured  branches trained again on what came before the test holdout: the report's numbers
    served    branches trained again on everything: what shoppers get

Settings and fusion weights come from the first stage only.
"""

from pathlib import Path

from safetensors.torch import load_file, save_file
from torch import Tensor

from fusion.config import TrainingConfig
from fusion.dataset.data import Interactions, TrainingData
from fusion.network.recommender import Recommender
from fusion.training.branches import Plan, fit_branches, plan_from_json, plan_to_json
from fusion.training.fusion_problem import collect
from fusion.training.fusion_weights import fit_fusion
from fusion.training.progress import Progress, TrainingCancelled
from fusion.training.run import Run

__all__ = ["TrainingCancelled", "fit_holdout", "measured_recommender", "start", "train"]

HOLDOUT_SHARE, FUSION_SHARE, REFIT_SHARE = 0.45, 0.05, 0.5


class NotEnoughData(ValueError):
    """There is nothing to train on; the message says what is missing."""


def start(
    data: TrainingData, config: TrainingConfig, *, progress: Progress, checkpoint_dir: Path
) -> Run:
    """Begin a run, or take it up where its checkpoint folder left off.

    Raises:
        NotEnoughData: the snapshot holds no interactions.
    """
    if len(data.interactions) == 0 or data.num_items == 0:
        raise NotEnoughData("There are no interactions to train on. Import events first.")
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
        NotEnoughData: the snapshot holds no interactions.
    """
    run = start(data, config, progress=progress, checkpoint_dir=checkpoint_dir)
    held, plan = fit_holdout(run)
    if not config.refit:
        return held
    return refit(run, "served", run.everything(), held, plan, share=REFIT_SHARE)


def fit_holdout(run: Run) -> tuple[Recommender, Plan]:
    """Train on what came before the validation holdout and fit the fusion on it."""
    weights, plan_file = run.folder / "fusion.safetensors", run.folder / "holdout.plan.json"
    before = run.split.interactions.select(run.split.before_validation)
    plan = plan_from_json(plan_file.read_text(encoding="utf-8")) if plan_file.exists() else None
    recommender, plan = fit_branches(run, "holdout", before, plan=plan, share=HOLDOUT_SHARE)
    if weights.exists():
        recommender.fusion.load_state_dict(load_file(weights))
    else:
        _fit_fusion(run, recommender)
        save_file(_tensors(recommender), weights)
        plan_file.write_text(plan_to_json(plan), encoding="utf-8")
    run.tell("fusion", FUSION_SHARE, "Fusion weights fitted.")
    return recommender, plan


def refit(
    run: Run,
    stage: str,
    interactions: Interactions,
    held: Recommender,
    plan: Plan,
    *,
    share: float,
) -> Recommender:
    """Train the branches again on more data, keeping plan and fusion weights."""
    recommender, _ = fit_branches(run, stage, interactions, plan=plan, share=share)
    recommender.fusion.load_state_dict(held.fusion.state_dict())
    return recommender


def measured_recommender(run: Run) -> Recommender:
    """Return the recommender whose numbers go into the report: it never saw the test holdout."""
    held, plan = fit_holdout(run)
    before = run.split.interactions.select(run.split.before_test)
    return refit(run, "measured", before, held, plan, share=REFIT_SHARE)


def _fit_fusion(run: Run, recommender: Recommender) -> None:
    """Fit the fusion on the watched shoppers; without any it stays neutral."""
    if len(run.watched) == 0:
        return
    config = run.config.fusion
    problem = collect(
        recommender, run.split.interactions, run.watched, candidates=config.candidates
    )
    fit_fusion(recommender.fusion, problem, shrinkage=config.shrinkage)


def _tensors(recommender: Recommender) -> dict[str, Tensor]:
    """Return the fusion tables, ready to be written."""
    state = recommender.fusion.state_dict()
    return {name: value.contiguous() for name, value in state.items()}
