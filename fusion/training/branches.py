"""Train every branch alone on one set of interactions."""

import json
from dataclasses import asdict, dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from fusion.config import SequenceConfig, TrainingConfig
from fusion.dataset.data import Interactions, TrainingData
from fusion.dataset.holdout import Holdout
from fusion.network.late_fusion import TEXT
from fusion.network.recommender import Recommender, RecommenderShape
from fusion.training.lesson import Lesson
from fusion.training.loop import fit
from fusion.training.objective import Trainable
from fusion.training.projection import fill_content
from fusion.training.run import Run
from fusion.training.seed import torch_seeded
from fusion.training.tables import Recipe, fit_co_occurrence, fit_lexical
from fusion.training.validation import dense_scorer, validation_ndcg

MEASURED, SERVED = "measured", "served"


@dataclass(frozen=True)
class Plan:
    """What validation has chosen: later fits on more data repeat it without looking again.

    Attributes:
        co_occurrence: how its table is made.
        lexical_decay: of the lexical pull of an event per newer one.
        epochs: by network name.
    """

    co_occurrence: Recipe
    lexical_decay: float
    epochs: dict[str, int]


@dataclass(frozen=True)
class LessonPlan:
    """What all networks of one stage have in common.

    Attributes:
        counts: (N+1,) interactions per item.
        plan: None while validation still has to choose.
    """

    run: Run
    stage: str
    interactions: Interactions
    counts: Tensor
    plan: Plan | None

    @property
    def watched(self) -> Holdout | None:
        """Return the shoppers that choose, or None when all is chosen or there are none."""
        return self.run.watched if self.plan is None and len(self.run.watched) else None

    def without(self, items: NDArray[np.bool_]) -> "LessonPlan":
        """Return lessons in which none of these (N+1,) items occurs."""
        known = self.interactions.select(~items[self.interactions.item])
        counts = self.counts.masked_fill(torch.from_numpy(items), 0)
        return replace(self, interactions=known, counts=counts)

    def fit(self, name: str, network: Trainable, config: SequenceConfig, share: float) -> int:
        """Train one network; return the epochs its weights were trained."""
        run, watched = self.run, self.watched
        epochs = self.plan.epochs[name] if self.plan else config.max_epochs
        length = run.config.history_length

        def validate() -> float:
            assert watched is not None
            return validation_ndcg(dense_scorer(network), run.split.interactions, watched, length)

        def report(epoch: int, loss: float, score: float) -> None:
            point = {"epoch": epoch, "loss": loss} | ({"ndcg": score} if watched else {})
            run.tell(f"{self.stage}: {name}", share / epochs, f"Epoch {epoch}", **point)

        return fit(
            network,
            Lesson(
                name=f"{self.stage}.{name}",
                interactions=self.interactions,
                num_shoppers=run.data.num_shoppers,
                counts=self.counts,
                config=config,
                history_length=length,
                seed=run.config.seed,
            ),
            validate=validate if watched else None,
            epochs=epochs,
            checkpoint=run.folder / f"{self.stage}.{name}.pt",
            report=report,
            pulse=lambda: run.tell(f"{self.stage}: {name}", 0.0),
            seconds_between_checkpoints=60 * run.config.checkpoint_minutes,
        )


def fit_branches(
    run: Run, stage: str, interactions: Interactions, *, plan: Plan | None, share: float
) -> tuple[Recommender, Plan]:
    """Train all branches; with no plan yet, choose one on the watched validation shoppers.

    Args:
        stage: name of the checkpoints; a stage fitted before is read back instead. In the
            stage MEASURED the content branches do without `Run.new_items`.
        share: how much of the whole run this stage is.

    Returns:
        The recommender with neutral fusion weights, and the plan it was trained by.
    """
    with torch_seeded(run.config.seed, stage):
        recommender = _empty(run, interactions)
    lesson = LessonPlan(run, stage, interactions, recommender.counts, plan)
    recipe = plan.co_occurrence if plan else None
    recipe = fit_co_occurrence(recommender.co_occurrence, interactions, run, recipe)
    lexical_decay = plan.lexical_decay if plan else None
    if recommender.shape.lexical and run.data.texts is not None:
        lexical_decay = fit_lexical(recommender.lexical, run.data.texts, run, lexical_decay)
    run.tell(stage, 0.2 * share, "Item-to-item evidence fitted.")
    content = [recommender.content_network(name) for name in recommender.content]
    each = 0.8 * share / (1 + len(content))
    epochs = {"sequence": lesson.fit("sequence", recommender.sequence, run.config.sequence, each)}
    content_lesson = lesson.without(run.new_items) if stage == MEASURED else lesson
    for name, network in zip(recommender.content, content, strict=True):
        epochs[name] = content_lesson.fit(name, network, run.config.content.sequence, each)
    return recommender.eval(), Plan(recipe, lexical_decay or 1.0, epochs)


def _empty(run: Run, interactions: Interactions) -> Recommender:
    """Build the recommender and fill in what needs no training."""
    data, config = run.data, run.config
    shape = RecommenderShape(
        num_items=data.num_items,
        neighbours=min(config.co_occurrence.neighbours, data.num_items),
        raw_dims={name: part.vectors.shape[1] for name, part in data.modalities.items()},
        lexical=_lexical_neighbours(data, config),
    )
    recommender = Recommender(config, shape)
    recommender.item_ids.copy_(torch.from_numpy(data.item_ids))
    counts = np.bincount(interactions.item, minlength=data.num_items + 1)
    recommender.counts.copy_(torch.from_numpy(counts))
    for name, features in data.modalities.items():
        fill_content(recommender.content_network(name), features)
    return recommender


def _lexical_neighbours(data: TrainingData, config: TrainingConfig) -> int:
    """Return how many lexical neighbours to keep; 0 where no text is known."""
    if TEXT not in data.modalities or data.texts is None:
        return 0
    return min(config.co_occurrence.neighbours, len(data.texts))


def plan_to_json(plan: Plan) -> str:
    """Return the plan as JSON."""
    return json.dumps(asdict(plan), sort_keys=True)


def plan_from_json(text: str) -> Plan:
    """Read what `plan_to_json` wrote."""
    values = json.loads(text)
    return Plan(**values | {"co_occurrence": Recipe.from_plain(values["co_occurrence"])})
