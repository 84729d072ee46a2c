"""Train every branch alone on one set of interactions."""

import json
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
from torch import Tensor

from fusion.config import SequenceConfig
from fusion.dataset.data import Interactions
from fusion.dataset.holdout import Holdout
from fusion.network.content_network import ContentNetwork
from fusion.network.history import History
from fusion.network.item_to_item import ItemToItem, NeighbourTable
from fusion.network.recommender import Recommender, RecommenderShape
from fusion.network.sequence_network import SequenceNetwork
from fusion.training.loop import Lesson, fit
from fusion.training.neighbours import Pairs, near_pairs, neighbour_table
from fusion.training.projection import fill_content
from fusion.training.run import Run
from fusion.training.seed import torch_seeded
from fusion.training.validation import dense_scorer, validation_ndcg


@dataclass(frozen=True)
class Plan:
    """What validation has chosen: later fits on more data repeat it without looking again.

    Attributes:
        kernel: exponent and shrinkage of the co-occurrence table.
        decay: of the pull of an event per newer one.
        epochs: by network name.
    """

    kernel: tuple[float, float]
    decay: float
    epochs: dict[str, int]


def fit_branches(
    run: Run, stage: str, interactions: Interactions, *, plan: Plan | None, share: float
) -> tuple[Recommender, Plan]:
    """Train all branches; with no plan yet, choose one on the watched validation shoppers.

    Args:
        stage: name of the checkpoints; a stage fitted before is read back instead.
        share: how much of the whole run this stage is.

    Returns:
        The recommender with neutral fusion weights, and the plan it was trained by.
    """
    with torch_seeded(run.config.seed, stage):
        recommender = _empty(run, interactions)
    watched = run.watched if plan is None and len(run.watched) else None
    chosen = _fit_co_occurrence(run, recommender, interactions, watched, plan)
    run.tell(stage, 0.2 * share, "Item-to-item evidence fitted.")
    networks = ("sequence", *recommender.content)
    epochs = {}
    for name in networks:
        epochs[name] = _fit_network(
            run, recommender, name, stage, interactions, watched, plan, 0.8 * share / len(networks)
        )
    return recommender.eval(), replace(chosen, epochs=epochs)


def _empty(run: Run, interactions: Interactions) -> Recommender:
    """Build the recommender and fill in what needs no training."""
    data, config = run.data, run.config
    shape = RecommenderShape(
        num_items=data.num_items,
        neighbours=min(config.co_occurrence.neighbours, data.num_items),
        raw_dims={name: part.vectors.shape[1] for name, part in data.modalities.items()},
    )
    recommender = Recommender(config, shape)
    recommender.item_ids.copy_(torch.from_numpy(data.item_ids))
    counts = np.bincount(interactions.item, minlength=data.num_items + 1)
    recommender.counts.copy_(torch.from_numpy(counts))
    for name, features in data.modalities.items():
        fill_content(recommender.content_network(name), features)
    return recommender


def _fit_co_occurrence(
    run: Run,
    recommender: Recommender,
    interactions: Interactions,
    watched: Holdout | None,
    plan: Plan | None,
) -> Plan:
    """Fill the co-occurrence table by the plan, or by what validation likes best."""
    config = run.config.co_occurrence
    pairs = near_pairs(interactions, run.data.num_items, config)
    best, best_score = plan, -1.0
    for kernel in (plan.kernel,) if plan else config.kernels:
        table = _table(pairs, recommender, kernel)
        for decay in (plan.decay,) if plan else config.decays:
            recommender.co_occurrence.fill(table, decay)
            score = _score_of(run, recommender.co_occurrence, watched) if watched else 0.0
            if score > best_score:
                best, best_score = Plan(kernel, decay, {}), score
    assert best is not None
    recommender.co_occurrence.fill(_table(pairs, recommender, best.kernel), best.decay)
    return best


def _table(pairs: Pairs, recommender: Recommender, kernel: tuple[float, float]) -> NeighbourTable:
    """Return the neighbours under one kernel."""
    exponent, shrinkage = kernel
    neighbours = recommender.shape.neighbours
    return neighbour_table(pairs, neighbours=neighbours, exponent=exponent, shrinkage=shrinkage)


def _score_of(run: Run, co_occurrence: ItemToItem, watched: Holdout) -> float:
    """Return the validation NDCG@10 of the co-occurrence signal alone."""
    width = run.data.num_items + 1

    def score(history: History) -> Tensor:
        return co_occurrence.scores(history, width)

    return validation_ndcg(score, run.split.interactions, watched, run.config.history_length)


def _fit_network(
    run: Run,
    recommender: Recommender,
    name: str,
    stage: str,
    interactions: Interactions,
    watched: Holdout | None,
    plan: Plan | None,
    share: float,
) -> int:
    """Train one network; return its epochs."""
    network: SequenceNetwork | ContentNetwork = (
        recommender.sequence if name == "sequence" else recommender.content_network(name)
    )
    config: SequenceConfig = (
        run.config.sequence if name == "sequence" else run.config.content.sequence
    )
    epochs = plan.epochs[name] if plan else config.max_epochs
    lesson = Lesson(
        name=f"{stage}.{name}",
        interactions=interactions,
        num_shoppers=run.data.num_shoppers,
        counts=recommender.counts,
        config=config,
        history_length=run.config.history_length,
        seed=run.config.seed,
    )

    def validate() -> float:
        assert watched is not None
        scorer = dense_scorer(network)
        length = run.config.history_length
        return validation_ndcg(scorer, run.split.interactions, watched, length)

    def report(epoch: int, loss: float, score: float) -> None:
        point = {"epoch": epoch, "loss": loss} | ({"ndcg": score} if watched else {})
        run.tell(f"{stage}: {name}", share / epochs, f"Epoch {epoch}", **point)

    return fit(
        network,
        network,
        lesson,
        validate=validate if watched else None,
        epochs=epochs,
        checkpoint=run.folder / f"{stage}.{name}.pt",
        report=report,
    )


def plan_to_json(plan: Plan) -> str:
    """Return the plan as JSON."""
    return json.dumps(asdict(plan), sort_keys=True)


def plan_from_json(text: str) -> Plan:
    """Read what `plan_to_json` wrote."""
    values = json.loads(text)
    return Plan(**values | {"kernel": tuple(values["kernel"])})
