"""What may be learned, and what is asked."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.quality.questions import Questions
from benchmarks.quality.splits import CARVED, Exam, again, cold, given, loo, temporal
from fusion.dataset.data import Interactions, TrainingData
from tests.benchmarks.exams import desk
from tests.fusion.checkerboard import HISTORY, NUM_SHOPPERS, checkerboard

Pairs = set[tuple[int, int]]


def pairs(rows: Interactions) -> Pairs:
    return set(zip(rows.shopper.tolist(), rows.item.tolist(), strict=True))


def answers(questions: Questions) -> Pairs:
    owner, item = questions.relevant.nonzero()
    return set(zip(questions.asked.shopper[owner].tolist(), item.tolist(), strict=True))


def histories(questions: Questions) -> Pairs:
    asked = questions.asked
    return {
        (int(shopper), int(item))
        for shopper, items in zip(asked.shopper, asked.everything.items, strict=True)
        for item in items
        if item
    }


def given_test(data: TrainingData) -> NDArray[np.bool_]:
    """Mark every fourth interaction of each shopper."""
    marked: NDArray[np.bool_] = np.arange(len(data.interactions)) % 4 == 1
    return marked


def exams(folder: Path) -> dict[str, Exam]:
    data, own = checkerboard(), desk(folder)
    return {
        "loo": loo(data, own),
        "temporal": temporal(data, own),
        "given": given(data, own, given_test(data)),
        "cold": cold(data, own, 0.2),
    }


@pytest.mark.parametrize("split", ["loo", "temporal", "given", "cold"])
def test_no_answer_is_learned_from_or_known_when_it_is_asked(tmp_path: Path, split: str) -> None:
    exam = exams(tmp_path)[split]

    assert answers(exam.test)
    assert answers(exam.validation)
    assert not answers(exam.validation) & pairs(exam.study.learn)
    assert not answers(exam.test) & (pairs(exam.study.learn) | pairs(exam.final.learn))
    assert not answers(exam.validation) & histories(exam.validation)
    assert not answers(exam.test) & histories(exam.test)


def test_leave_last_out_is_the_split_of_the_product(tmp_path: Path) -> None:
    exam = loo(checkerboard(), desk(tmp_path))

    split = exam.study.run.split
    assert answers(exam.test) == set(
        zip(split.test.shopper.tolist(), split.test.target.tolist(), strict=True)
    )
    assert len(exam.study.learn) == NUM_SHOPPERS * (HISTORY - 2)
    assert len(histories(exam.test)) == NUM_SHOPPERS * (HISTORY - 1)


def test_the_temporal_split_never_asks_about_the_past(tmp_path: Path) -> None:
    exam = temporal(checkerboard(), desk(tmp_path))

    # Eight moments, 12.5 % of the events each: the last is test, the one before it validation.
    assert exam.study.learn.occurred_at.max() == (HISTORY - 3) * 60
    assert len(histories(exam.validation)) == NUM_SHOPPERS * (HISTORY - 2)
    assert len(histories(exam.test)) == NUM_SHOPPERS * (HISTORY - 1)
    assert len(answers(exam.test)) == NUM_SHOPPERS


def test_a_given_split_is_kept_and_validation_carved_from_its_training_part(
    tmp_path: Path,
) -> None:
    data = checkerboard()
    in_test = given_test(data)

    exam = given(data, desk(tmp_path), in_test)

    train = pairs(data.interactions.select(~in_test))
    assert answers(exam.test) == pairs(data.interactions.select(in_test))
    assert pairs(exam.final.learn) == train
    assert pairs(exam.study.learn) | answers(exam.validation) == train
    assert len(answers(exam.validation)) == NUM_SHOPPERS * round(CARVED * 6)
    assert histories(exam.test) == train


def test_weights_are_fitted_on_all_shoppers_alike(tmp_path: Path) -> None:
    data, own = checkerboard(), desk(tmp_path)
    fusion = replace(own.config.fusion, shoppers=NUM_SHOPPERS)
    few = replace(own, config=replace(own.config, fusion=fusion))

    exam = given(data, few, given_test(data))

    # Each has two answers: drawn from all of them together, some would weigh double.
    assert sorted(exam.study.run.split.validation.shopper) == list(range(NUM_SHOPPERS))


def test_cold_items_leave_no_trace_in_training_or_histories(tmp_path: Path) -> None:
    exam = cold(checkerboard(), desk(tmp_path), 0.2)

    assert exam.arrivals is not None
    arrivals = set(np.flatnonzero(exam.arrivals).tolist())
    seen = {item for _, item in pairs(exam.study.learn) | histories(exam.test)}
    assert {item for _, item in answers(exam.test)} <= arrivals
    assert not arrivals & seen
    assert not {item for _, item in answers(exam.validation)} & (arrivals | seen)


def test_another_seed_is_asked_the_same(tmp_path: Path) -> None:
    own = desk(tmp_path)
    exam = loo(checkerboard(), own)

    repeated = again(exam, own.seeded(1))

    assert repeated.study.seed == 1
    assert repeated.study.run.split is exam.study.run.split
    assert answers(repeated.test) == answers(exam.test)


def test_a_repeated_purchase_is_no_answer(tmp_path: Path) -> None:
    data = checkerboard()
    rows = data.interactions
    item = rows.item.copy()
    last = np.flatnonzero(rows.occurred_at == (HISTORY - 1) * 60)[::2]
    item[last] = item[last - (HISTORY - 1)]  # the last purchase is the first one again

    exam = temporal(replace(data, interactions=replace(rows, item=item)), desk(tmp_path))

    assert exam.test.asked.shopper.tolist() == list(range(1, NUM_SHOPPERS, 2))
