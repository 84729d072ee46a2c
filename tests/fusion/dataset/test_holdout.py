"""What is held out, and what a model may learn from."""

import numpy as np

from fusion.dataset.data import Interactions, TrainingData
from fusion.dataset.holdout import leave_last_out


def shop(rows: list[tuple[int, int, int]]) -> TrainingData:
    """Build a shop from (shopper, item, occurred_at), sorted by shopper and time."""
    columns = np.array(rows)
    return TrainingData(
        interactions=Interactions(
            shopper=columns[:, 0].astype(np.int32),
            item=columns[:, 1].astype(np.int32),
            occurred_at=columns[:, 2].astype(np.int64),
            weight=np.ones(len(rows), dtype=np.float32),
        ),
        num_shoppers=int(columns[:, 0].max()) + 1,
        item_ids=np.arange(10, dtype=np.int64),
        modalities={},
        texts=None,
        data_hash="small",
        cutoff=1000,
    )


def test_the_last_item_is_test_and_the_one_before_it_validation() -> None:
    data = shop([(0, 1, 10), (0, 2, 20), (0, 3, 30), (0, 4, 40)])

    split = leave_last_out(data, np.random.default_rng(0), validation_shoppers=10)

    assert split.test.target.tolist() == [4]
    assert split.validation.target.tolist() == [3]
    assert split.interactions.item[split.train].tolist() == [1, 2]
    assert (split.test.history.start[0], split.test.history.stop[0]) == (0, 3)
    assert (split.validation.history.start[0], split.validation.history.stop[0]) == (0, 2)


def test_a_shopper_with_one_item_is_held_out_of_nothing() -> None:
    data = shop([(0, 1, 10), (1, 2, 10), (1, 3, 20)])

    split = leave_last_out(data, np.random.default_rng(0), validation_shoppers=10)

    assert split.test.shopper.tolist() == [1]
    assert split.validation.shopper.tolist() == []
    assert split.interactions.item[split.train].tolist() == [1, 2]


def test_a_repeat_purchase_is_no_test_and_is_not_learned_from_after_the_test_item() -> None:
    data = shop([(0, 1, 10), (0, 2, 20), (0, 1, 30), (0, 2, 40)])

    split = leave_last_out(data, np.random.default_rng(0), validation_shoppers=10)

    assert split.test.target.tolist() == [2]
    assert split.interactions.item[split.train].tolist() == [1]


def test_only_the_sampled_shoppers_give_a_validation_item() -> None:
    rows = [(shopper, item, item) for shopper in range(6) for item in (1, 2, 3)]

    split = leave_last_out(shop(rows), np.random.default_rng(0), validation_shoppers=2)

    assert len(split.validation) == 2
    assert int(split.train.sum()) == 6 * 2 - 2


def test_items_of_one_moment_are_held_out_by_chance_not_by_their_order() -> None:
    rows = [(shopper, item, 5) for shopper in range(200) for item in (1, 2, 3, 4)]

    split = leave_last_out(shop(rows), np.random.default_rng(0), validation_shoppers=0)

    assert np.bincount(split.test.target, minlength=5)[1:].min() > 30


def test_the_same_seed_gives_the_same_split() -> None:
    rows = [(shopper, item, 5) for shopper in range(20) for item in (1, 2, 3, 4)]

    first, second = (
        leave_last_out(shop(rows), np.random.default_rng(3), validation_shoppers=5) for _ in "ab"
    )

    assert first.test.target.tolist() == second.test.target.tolist()
    assert first.validation.shopper.tolist() == second.validation.shopper.tolist()
