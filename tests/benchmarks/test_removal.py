"""Modalities taken away at serving time only."""

import numpy as np
import pytest

from benchmarks.quality.contest import choose
from benchmarks.quality.fitted import ranked_lists
from benchmarks.quality.peers import CONTESTANTS
from benchmarks.quality.peers.ours import served
from benchmarks.quality.removal import Removal, under_removal
from fusion.evaluation.contestants import without
from fusion.serving.ranker import Ranker
from tests.benchmarks.exams import shared_exam


@pytest.mark.parametrize(
    ("text", "removal"), [("image", Removal("image")), ("text=0.5", Removal("text", 0.5))]
)
def test_a_removal_is_read_and_written_alike(text: str, removal: Removal) -> None:
    assert Removal.parse(text) == removal
    assert str(removal) == text


@pytest.mark.parametrize("text", ["text=0", "text=1.5", "text=some"])
def test_a_share_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"share|could not convert"):
        Removal.parse(text)


def test_with_all_pictures_gone_the_fusion_ranks_as_if_it_had_no_picture_branch() -> None:
    exam = shared_exam()
    removal = Removal("image")

    poorer = removal.of(exam.study.recommender, removal.rows(exam.study))

    theirs = served(without(exam.study.recommender, "image"))
    np.testing.assert_array_equal(
        ranked_lists(served(Ranker(poorer)), exam.test), ranked_lists(theirs, exam.test)
    )


def test_half_the_texts_gone_leaves_the_other_half() -> None:
    exam = shared_exam()
    removal = Removal("text", 0.5)

    rows = removal.rows(exam.study)
    present = removal.of(exam.study.recommender, rows).content_network("text").present

    assert 4 < len(rows) < 20
    assert not present[rows].any()
    assert int(present.sum()) == exam.study.data.num_items - len(rows)


def test_the_fusion_is_compared_with_the_best_branch_that_is_left() -> None:
    exam = shared_exam()
    others = ("early_fusion", "plain_late_fusion")
    results = {name: choose(name, CONTESTANTS[name], exam)[0] for name in others}

    found = under_removal(Removal("text"), exam, results, exam.test, 200)

    assert set(found["ndcg@10"]) == {"late_fusion", "behaviour", "image", *others}
    assert found["best_branch"] in {"behaviour", "image"}
    difference = found["ndcg@10"]["late_fusion"] - found["ndcg@10"][found["best_branch"]]
    assert found["late_fusion_minus_best_branch"]["mean"] == pytest.approx(difference)
