"""The fusion taken apart: subsets of branches, and whom it listens to."""

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest

from fusion.config import EvaluationConfig
from fusion.evaluation import ablation, evaluate, listening
from fusion.evaluation.ablation import subsets
from fusion.evaluation.ranking import ranked_lists
from fusion.evaluation.slices import kinds_of_items
from fusion.network.recommender import Recommender
from fusion.training.run import Run
from fusion.training.train import fit_measured, start
from tests.fusion.checkerboard import checkerboard, silent, small_config

BRANCHES = ("behaviour", "text", "image")


@cache
def fitted() -> tuple[Run, Recommender]:
    """A run on the checkerboard with what it measures, once per process."""
    settings = EvaluationConfig(early_fusion=False, resamples=50)
    config = replace(small_config(), evaluation=settings)
    with TemporaryDirectory() as folder:
        run = start(checkerboard(), config, progress=silent, checkpoint_dir=Path(folder))
        recommender, _ = fit_measured(run)
    return run, recommender


@cache
def measured() -> dict[str, Any]:
    """What a report says of the parts of the fusion."""
    run, recommender = fitted()
    named = {
        name: ranked_lists(each, run, evaluate.test_holdout(run))
        for name, each in evaluate.contestants(run, recommender).items()
    }
    return evaluate.anatomy(run, recommender, evaluate.test_holdout(run), named)


def line(*branches: str) -> dict[str, Any]:
    """What was measured of one subset."""
    lines: dict[tuple[str, ...], Any] = {
        tuple(each["branches"]): each for each in measured()["ablation"]["subsets"]
    }
    return dict(lines[branches])


def test_every_subset_is_measured_the_whole_first() -> None:
    found = [tuple(each["branches"]) for each in measured()["ablation"]["subsets"]]

    assert found == subsets(BRANCHES)
    assert (found[0], len(found)) == (BRANCHES, 7)


def test_the_kinds_of_items_are_those_of_the_slices() -> None:
    run, recommender = fitted()

    kinds = kinds_of_items(recommender, evaluate.test_holdout(run))

    assert measured()["ablation"]["shoppers"] == {
        name: int(mask.sum()) for name, mask in kinds.items() if mask.any()
    }


def test_all_branches_do_not_differ_from_themselves() -> None:
    against = line(*BRANCHES)["against_all"]

    assert [(each["low"], each["high"]) for each in against.values()] == [(0, 0)] * len(against)


def test_a_subset_ranked_here_scores_like_one_the_report_ranked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run, recommender = fitted()

    own = ablation.ablation(run, recommender, evaluate.test_holdout(run), ranks={})

    assert own == measured()["ablation"]


def test_a_sample_has_as_many_shoppers_of_each_kind_as_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ablation, "SHOPPERS", 5)
    run, recommender = fitted()

    found = ablation.ablation(run, recommender, evaluate.test_holdout(run), ranks={})

    assert set(found["shoppers"].values()) == {5}


def test_the_shares_of_the_branches_add_up_to_one() -> None:
    found = measured()["listening"]

    sums = [sum(cell) for row in found["shares"] for cell in row if cell]
    assert sums == pytest.approx([1.0] * len(sums))
    assert len(sums) >= 2
    assert np.sum(found["shown"]) == 10 * found["shoppers"]


def test_behaviour_adds_nothing_to_products_nobody_took() -> None:
    found = measured()["listening"]

    of_new = [row[0] for row in found["shares"] if row[0]]
    assert [cell[BRANCHES.index("behaviour")] for cell in of_new] == [0.0] * len(of_new)
    assert of_new


def test_only_a_sample_of_the_shoppers_is_listened_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "SHOPPERS", 4)
    run, recommender = fitted()

    found = listening.listening(run, recommender, evaluate.test_holdout(run))

    assert (found["shoppers"], np.sum(found["shown"])) == (4, 40)
