"""What the gate lets through."""

from typing import Any

import numpy as np
import pytest

from fusion.evaluation.gate import decide

RNG = np.random.default_rng(0)
NOISE = RNG.random(400) * 0.2


def report(ours: float, popularity: float = 0.1, item_knn: float = 0.2) -> dict[str, Any]:
    """Return a report in which shoppers score around these means."""
    means = {"late_fusion": ours, "popularity": popularity, "item_knn": item_knn}
    return {"gate": {"ndcg@10": {name: (mean + NOISE).tolist() for name, mean in means.items()}}}


def active(mean: float, spread: float = 0.0) -> list[float | None]:
    """Return the active version's scores around a mean, some of them far off."""
    away = np.random.default_rng(1).normal(size=len(NOISE)) * spread
    return [float(score) for score in mean + NOISE + away]


def test_the_first_version_passes_when_it_beats_the_baselines() -> None:
    verdict = decide(report(0.3), None, 0.02)

    assert (verdict.passed, verdict.outcome) == (True, "better")


@pytest.mark.parametrize("baseline", ["popularity", "item_knn"])
def test_a_version_below_a_baseline_is_refused(baseline: str) -> None:
    verdict = decide(report(0.3, **{baseline: 0.35}), None, 0.02)

    assert (verdict.passed, verdict.outcome) == (False, "worse")
    assert baseline in verdict.reason


@pytest.mark.parametrize(
    ("theirs", "spread", "passed", "outcome"),
    [
        (0.25, 0.0, True, "better"),
        (0.3, 0.0, True, "not_worse"),
        (0.301, 0.0, True, "not_worse"),
        (0.35, 0.0, False, "worse"),
        (0.3, 2.0, False, "inconclusive"),
    ],
)
def test_the_active_version_is_compared_by_its_interval(
    theirs: float, spread: float, passed: bool, outcome: str
) -> None:
    verdict = decide(report(0.3), active(theirs, spread), 0.02)

    assert (verdict.passed, verdict.outcome) == (passed, outcome)


def test_the_difference_to_the_active_version_is_kept_with_its_shoppers() -> None:
    verdict = decide(report(0.3), [None, *active(0.25)[1:]], 0.02)

    found = verdict.against_active
    assert found is not None
    assert (round(found.mean, 9), found.shoppers) == (0.05, 399)
    assert found.low <= found.mean <= found.high


def test_without_an_active_version_there_is_no_difference_to_it() -> None:
    assert decide(report(0.3), None, 0.02).against_active is None


def test_too_few_comparable_shoppers_keep_the_active_version() -> None:
    scores: list[float | None] = [None] * (len(NOISE) - 5) + [0.0] * 5

    verdict = decide(report(0.3), scores, 0.02)

    assert (verdict.passed, verdict.outcome) == (False, "inconclusive")
    assert "Only 5 shoppers" in verdict.reason


def test_scores_of_other_shoppers_are_refused() -> None:
    with pytest.raises(ValueError, match="other shoppers"):
        decide(report(0.3), [0.1], 0.02)
