"""Fit the item-to-item tables: co-occurrence (behaviour) and shared words (text)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from torch import Tensor

from fusion.config import CoOccurrenceConfig
from fusion.dataset.data import Interactions
from fusion.network.history import History
from fusion.network.item_to_item import ItemToItem, NeighbourTable
from fusion.training.lexical import lexical_table
from fusion.training.linear import linear_table
from fusion.training.neighbours import near_pairs, neighbour_table
from fusion.training.run import Run
from fusion.training.validation import validation_ndcg


@dataclass(frozen=True)
class Recipe:
    """What validation has chosen for a table.

    Attributes:
        decay: of the pull of an event per newer one.
        kernel: exponent and shrinkage of normalised ties; None where the table is linear.
        penalty: of the ridge regression; None where the table is of ties.
    """

    decay: float
    kernel: tuple[float, float] | None = None
    penalty: float | None = None

    @classmethod
    def from_plain(cls, values: dict[str, Any]) -> Self:
        """Read what `dataclasses.asdict` and JSON made of a recipe."""
        kernel = values["kernel"]
        return cls(values["decay"], tuple(kernel) if kernel else None, values["penalty"])


def fit_co_occurrence(
    table: ItemToItem, interactions: Interactions, run: Run, recipe: Recipe | None
) -> Recipe:
    """Fill the table by the recipe; without one, by what validation likes best."""
    made = _tables(interactions, run, len(table.neighbours), table.neighbours.shape[1], recipe)
    decays = (recipe.decay,) if recipe else run.config.co_occurrence.decays
    return _best(table, made, decays, None if recipe else _judge(table, run))


def fit_lexical(table: ItemToItem, texts: Sequence[str], run: Run, decay: float | None) -> float:
    """Fill the table; without a decay validation chooses one."""
    found = lexical_table(texts, neighbours=table.neighbours.shape[1])
    decays = run.config.co_occurrence.decays if decay is None else (decay,)
    judge = _judge(table, run) if decay is None else None
    return _best(table, iter([(Recipe(1.0), found)]), decays, judge).decay


def _tables(
    interactions: Interactions, run: Run, width: int, neighbours: int, recipe: Recipe | None
) -> Iterator[tuple[Recipe, NeighbourTable]]:
    """Yield the tables to choose from, or the one of the recipe."""
    config = run.config.co_occurrence
    kernels: Sequence[tuple[float, float] | None] = config.kernels
    penalties: Sequence[float | None] = config.penalties if width <= config.linear_up_to else ()
    if recipe:
        kernels, penalties = (recipe.kernel,), (recipe.penalty,)
    pairs = near_pairs(interactions, width - 1, config) if any(kernels) else None
    for kernel in kernels:
        if pairs is not None and kernel is not None:
            strengths = neighbour_table(
                pairs, neighbours=neighbours, exponent=kernel[0], shrinkage=kernel[1]
            )
            yield Recipe(1.0, kernel=kernel), strengths
    far = _for_regression(config)
    pairs = near_pairs(interactions, width - 1, far) if any(penalties) else None
    for penalty in penalties:
        if pairs is not None and penalty is not None:
            found = linear_table(pairs, neighbours=neighbours, penalty=penalty)
            yield Recipe(1.0, penalty=penalty), found


def _for_regression(config: CoOccurrenceConfig) -> CoOccurrenceConfig:
    """Return the ties a regression reads: farther ones, for it tells direct from indirect.

    Without kernels none is pruned: a regression on part of the ties explains what is left wrongly.
    """
    return replace(config, fade=config.linear_fade, reach=config.linear_reach, kernels=())


def _best(
    table: ItemToItem,
    made: Iterator[tuple[Recipe, NeighbourTable]],
    decays: Sequence[float],
    judge: Callable[[], float] | None,
) -> Recipe:
    """Fill the table with the best of those made; return its recipe."""
    chosen: tuple[float, Recipe, NeighbourTable] | None = None
    for recipe, found in made:
        for decay in decays:
            table.fill(found, decay)
            score = judge() if judge else 0.0
            if chosen is None or score > chosen[0]:
                chosen = score, replace(recipe, decay=decay), found
    assert chosen is not None
    _, best, strengths = chosen
    table.fill(strengths, best.decay)
    return best


def _judge(table: ItemToItem, run: Run) -> Callable[[], float] | None:
    """Return the validation NDCG@10 of a table alone; None where nobody is held out."""
    width, length = len(table.neighbours), run.config.history_length

    def scores(history: History) -> Tensor:
        return table.scores(history, width)

    def judge() -> float:
        return validation_ndcg(scores, run.split.interactions, run.watched, length)

    return judge if len(run.watched) else None
