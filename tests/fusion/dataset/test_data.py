"""A snapshot on disk, and the vocabulary."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fusion.dataset.data import TrainingData
from fusion.dataset.vocabulary import Vocabulary
from tests.fusion.checkerboard import checkerboard


def test_a_saved_snapshot_reads_back_the_same(tmp_path: Path) -> None:
    data = checkerboard()

    data.save(tmp_path / "snapshot")
    again = TrainingData.load(tmp_path / "snapshot")

    np.testing.assert_array_equal(again.interactions.item, data.interactions.item)
    np.testing.assert_array_equal(
        again.modalities["image"].vectors, data.modalities["image"].vectors
    )
    assert again.modalities["image"].present.tolist() == data.modalities["image"].present.tolist()
    assert (again.data_hash, again.cutoff, again.num_items) == (data.data_hash, data.cutoff, 24)


def test_events_and_vectors_stay_on_disk(tmp_path: Path) -> None:
    checkerboard().save(tmp_path)

    again = TrainingData.load(tmp_path)

    assert isinstance(again.interactions.item, np.memmap)
    assert isinstance(again.modalities["text"].vectors, np.memmap)
    assert not again.interactions.item.flags.writeable


def test_a_snapshot_without_events_reads_back(tmp_path: Path) -> None:
    data = checkerboard()
    nothing = data.interactions.select(np.zeros(0, dtype=np.int64))
    replace(data, interactions=nothing).save(tmp_path)

    assert len(TrainingData.load(tmp_path).interactions) == 0


def test_unknown_products_have_row_0() -> None:
    vocabulary = Vocabulary(np.array([0, 30, 10, 20]))

    assert vocabulary.rows([10, 99, 30, -1]).tolist() == [2, 0, 1, 0]
    assert vocabulary.rows([]).tolist() == []


@pytest.mark.parametrize(
    ("item_ids", "message"), [([1, 2], "Row 0"), ([], "Row 0"), ([0, 5, 5], "appears twice")]
)
def test_a_vocabulary_that_would_confuse_products_is_refused(
    item_ids: list[int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Vocabulary(np.array(item_ids, dtype=np.int64))
