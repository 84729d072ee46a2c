"""Ranking with a first look at all products: the answers of a full pass, and never fewer."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from pytest_django import Settings

from fusion.dataset.data import ModalityFeatures
from fusion.models import ModelVersion
from fusion.serving import ranker as ranking
from fusion.serving.ranker import Ranker, RankRequest
from fusion.serving.ranking import Ranking
from fusion.serving.runtime import load_ranker
from fusion.training.artifact import write_artifact
from tests.fusion.checkerboard import FIRST_KEY, NUM_ITEMS, checkerboard
from tests.fusion.trained import trained

HISTORY = [(FIRST_KEY + row, 1.0, 60 * row) for row in (2, 6, 8)]
ALL = range(FIRST_KEY + 1, FIRST_KEY + NUM_ITEMS + 1)
NEW = 5_000


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> Ranker:
    """Return a ranker that looks first although the shop is tiny."""
    monkeypatch.setattr(ranking, "GATHERED_COSTS", 0)
    monkeypatch.setattr(ranking, "FEWEST_PASS", 5)
    ranker = Ranker(trained(), looks_first=True)
    assert looks_first(ranker, RankRequest(HISTORY, 1))
    return ranker


def looks_first(ranker: Ranker, *requests: RankRequest) -> bool:
    return ranker._first_look(ranker._queries(requests), requests[0].k) is not None


def keys_of(answer: Ranking) -> list[int]:
    return [item.product_pk for item in answer]


def test_the_answers_are_those_of_a_full_pass(quick: Ranker) -> None:
    requests = [
        RankRequest(HISTORY, 5),
        RankRequest(HISTORY[:1], 4),
        RankRequest(HISTORY, 6, exclude=frozenset(ALL[3:9])),
        RankRequest([], 3),
    ]

    answers = quick.rank(requests)

    for answer, expected in zip(answers, Ranker(trained()).rank(requests), strict=True):
        assert keys_of(answer) == keys_of(expected)
        for item, same in zip(answer, expected, strict=True):
            assert item.contributions == pytest.approx(same.contributions, abs=1e-5)
            assert sum(item.contributions.values()) == pytest.approx(item.score, abs=1e-5)


@pytest.mark.parametrize("k", [1, 5, NUM_ITEMS - 6, NUM_ITEMS + 10])
def test_whatever_is_asked_for_no_answer_is_shorter_than_it_could_be(quick: Ranker, k: int) -> None:
    ranker = quick.without_products(list(ALL[:6]))
    shown = {*ALL[6:]}
    chances: list[tuple[Sequence[int] | None, frozenset[int]]] = [
        (None, frozenset()),
        (None, frozenset(ALL[6:15])),
        (ALL, frozenset(ALL[:1])),
        (ALL[4:9], frozenset()),
        ([], frozenset()),
    ]

    for candidates, exclude in chances:
        answer = ranker.rank([RankRequest(HISTORY, k, exclude, candidates)])[0]

        possible = (shown if candidates is None else shown & {*candidates}) - exclude
        assert len(answer) == min(k, len(possible))
        assert {*keys_of(answer)} <= possible


def test_a_new_product_is_found_and_one_that_is_switched_off_is_not(quick: Ranker) -> None:
    like_row_2 = {
        name: ModalityFeatures(
            np.stack([np.zeros_like(part.vectors[2]), part.vectors[2]]), np.array([False, True])
        )
        for name, part in checkerboard().modalities.items()
    }
    asked = RankRequest(HISTORY, 20)

    new = quick.with_products(np.array([NEW]), like_row_2)
    off = new.without_products([NEW])

    assert NEW in keys_of(new.rank([asked])[0])
    assert NEW not in keys_of(off.rank([asked])[0])
    assert NEW not in keys_of(quick.rank([asked])[0])


def test_what_few_ask_for_gets_a_full_pass(quick: Ranker) -> None:
    own_weights = RankRequest(HISTORY, 5, branch_weights={"behaviour": 0.0})
    nothing_known = RankRequest([(9_999, 1.0, 0)], 5)

    for asked in (own_weights, nothing_known):
        assert not looks_first(quick, asked)
        assert keys_of(quick.rank([asked])[0]) == keys_of(Ranker(trained()).rank([asked])[0])


def test_a_small_shop_is_scored_in_full_and_so_is_a_large_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ranker, asked = Ranker(trained(), looks_first=True), RankRequest(HISTORY, 5)
    assert not looks_first(ranker, asked)

    monkeypatch.setattr(ranking, "GATHERED_COSTS", 1)
    monkeypatch.setattr(ranking, "FEWEST_PASS", 5)
    assert looks_first(ranker, asked, asked)
    assert not looks_first(ranker, asked, asked, asked)


@pytest.mark.parametrize(("kind", "expected"), [("auto", True), ("exact", False)])
def test_versions_are_served_with_a_first_look_unless_told_otherwise(
    settings: Settings, tmp_path: Path, kind: str, expected: bool
) -> None:
    settings.FUSION_RETRIEVAL, settings.FUSION_DEVICE = kind, "cpu"
    settings.FUSION_ARTIFACT_DIR = tmp_path
    write_artifact(tmp_path, "v", trained(), report={}, data=checkerboard())

    ranker = load_ranker(ModelVersion(artifact="v"))

    assert (ranker._short_vectors is not None) is expected
