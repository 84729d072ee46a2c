"""The bars a run must reach."""

from typing import Any

import pytest

from benchmarks.quality.checks import (
    contributions_check,
    ranking_checks,
    removal_checks,
    training_checks,
)
from benchmarks.quality.contest import Result, Tried
from benchmarks.quality.cost import Cost
from tests.benchmarks.exams import shared_exam

KINDS = {
    "late_fusion": "ours",
    "ease": "peer",
    "ials": "peer",
    "item_knn": "peer",
    "popularity": "peer",
    "text_branch": "part",
    "early_fusion": "early",
}
LONG = "5 or more purchases"


def results(seconds: float = 10.0) -> dict[str, Result]:
    """Return contestants that differ in validation score only, the later the worse."""
    return {
        name: Result(name, kind, [], Tried({}, 1.0 - place / 10, Cost()), {}, seconds + place)
        for place, (name, kind) in enumerate(KINDS.items())
    }


def against(**ratios: tuple[float, float]) -> dict[str, Any]:
    """Return a test part in which ours is so much better, as (mean, low)."""
    pairs = {
        name: {"ratio": {"mean": mean, "low": low, "high": 2.0}}
        for name, (mean, low) in ratios.items()
    }
    return {"late_fusion_against": {"all": pairs, LONG: pairs}}


@pytest.mark.parametrize(
    ("ease", "holds"), [((1.11, 1.02), True), ((1.09, 1.02), False), ((1.2, 0.99), False)]
)
def test_the_peer_hardest_to_beat_decides(ease: tuple[float, float], holds: bool) -> None:
    found = against(
        ease=ease,
        ials=(1.5, 1.4),
        item_knn=(1.6, 1.5),
        popularity=(9.0, 8.0),
        text_branch=(1.3, 1.2),
        early_fusion=(1.01, 1.005),
    )

    checks = list(ranking_checks("hm-week", "loo", found, results()))

    assert [check.name for check in checks] == [
        f"NDCG@10 over the best single peer (ease), shoppers: {LONG}",
        "NDCG@10 over the early fusion (early_fusion), shoppers: all",
        "NDCG@10 over the own best branch (text_branch), shoppers: all",
    ]
    assert [check.holds for check in checks] == [holds, True, True]


def test_early_fusion_is_a_peer_on_films() -> None:
    found = against(
        ease=(1.5, 1.4),
        ials=(1.5, 1.4),
        item_knn=(1.5, 1.4),
        popularity=(9.0, 8.0),
        early_fusion=(1.14, 1.1),
    )

    (check,) = ranking_checks("ml-100k-posters", "loo", found, results())

    assert check.name == "NDCG@10 over the best peer (early_fusion), shoppers: all"
    assert not check.holds


@pytest.mark.parametrize(("ndcg", "recall", "holds"), [(0.48, 0.22, True), (0.475, 0.219, False)])
def test_the_published_table_is_the_bar_of_the_given_split(
    ndcg: float, recall: float, holds: bool
) -> None:
    means = {"ndcg@10": {"mean": ndcg}, "recall@10": {"mean": recall}}
    found = {"contestants": {"late_fusion": means}}

    checks = list(ranking_checks("ml-100k-posters", "given", found, results()))

    assert [check.holds for check in checks] == [holds, holds]


def test_other_data_has_no_bars_on_ranking() -> None:
    assert list(ranking_checks("my-shop", "loo", {}, results())) == []


@pytest.mark.parametrize(("mean", "holds"), [(0.001, True), (-0.001, False)])
def test_under_a_removal_the_fusion_may_not_fall_below_the_best_branch(
    mean: float, holds: bool
) -> None:
    difference = {"mean": mean, "low": -0.01, "high": 0.01}
    found = {"image": {"best_branch": "text", "late_fusion_minus_best_branch": difference}}

    (check,) = removal_checks(found)

    assert check.holds is holds
    assert check.name == "without image: NDCG@10 less that of the best branch left (text)"


@pytest.mark.parametrize(
    ("ours", "theirs", "held"), [(100.0, 150.0, [True, True]), (190.0, 100.0, [False, False])]
)
def test_training_is_compared_with_the_slowest_of_the_three_best_peers(
    ours: float, theirs: float, held: list[bool]
) -> None:
    checks = list(training_checks(ours, results(theirs)))

    assert [check.holds for check in checks] == held
    assert "the slowest (item_knn) of the three best peers" in checks[1].name


def test_contributions_of_real_answers_are_added_up() -> None:
    exam = shared_exam()

    check = contributions_check(exam.study, exam.test)

    assert check.name == "contributions add up to the score, worst of 10,000 answers"
    assert check.value < 1e-4
    assert check.holds is (check.value <= 1e-5)
