"""A whole run: resumable, repeatable, honest about too little data."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from fusion.config import TrainingConfig
from fusion.dataset.data import TrainingData
from fusion.network.recommender import Recommender
from fusion.training import loop
from fusion.training.train import NotEnoughDataError, TrainingCancelled, train
from tests.fusion.checkerboard import checkerboard, silent, small_config

Progress = Callable[..., None]


def cancel_after(calls: int) -> Progress:
    """Return a progress callback that stops the run at its n-th call."""
    left = [calls]

    def progress(stage: str, done: float, message: str = "", **curve_point: float) -> None:
        left[0] -= 1
        if left[0] <= 0:
            raise TrainingCancelled

    return progress


def same(first: Recommender, second: Recommender) -> bool:
    """Tell whether two recommenders hold the very same numbers."""
    theirs = second.state_dict()
    return all(torch.equal(value, theirs[name]) for name, value in first.state_dict().items())


def test_the_same_seed_gives_the_same_recommender_and_another_seed_another(tmp_path: Path) -> None:
    data = checkerboard()

    first, second, other = (
        train(data, small_config(seed), progress=silent, checkpoint_dir=tmp_path / name)
        for seed, name in [(0, "a"), (0, "b"), (1, "c")]
    )

    assert same(first, second)
    assert not same(first, other)


@pytest.mark.parametrize("calls", [2, 4, 9, 14])
def test_a_run_that_was_stopped_ends_like_one_that_was_not(tmp_path: Path, calls: int) -> None:
    data, config = checkerboard(), small_config()
    undisturbed = train(data, config, progress=silent, checkpoint_dir=tmp_path / "whole")

    with pytest.raises(TrainingCancelled):
        train(data, config, progress=cancel_after(calls), checkpoint_dir=tmp_path / "cut")
    resumed = train(data, config, progress=silent, checkpoint_dir=tmp_path / "cut")

    assert same(undisturbed, resumed)


def sampled(config: TrainingConfig, minutes: float) -> TrainingConfig:
    """Return settings with a sampled softmax and checkpoints every so many minutes."""
    drawn = replace(config.sequence, full_softmax_up_to=0, negatives=16)
    content = replace(config.content, sequence=replace(drawn, learning_rate=1e-3))
    return replace(config, sequence=drawn, content=content, checkpoint_minutes=minutes)


@pytest.mark.parametrize(("minutes", "calls"), [(0.0, 4), (0.0, 31), (60.0, 31)])
def test_a_run_that_was_stopped_within_an_epoch_goes_on_from_there(
    tmp_path: Path, minutes: float, calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "BATCHES_PER_PULSE", 1)
    data, config = checkerboard(), replace(sampled(small_config(), minutes), refit=False)
    undisturbed = train(data, config, progress=silent, checkpoint_dir=tmp_path / "whole")

    with pytest.raises(TrainingCancelled):
        train(data, config, progress=cancel_after(calls), checkpoint_dir=tmp_path / "cut")
    places = [torch.load(path)["course"] for path in (tmp_path / "cut").glob("*.pt")]
    resumed = train(data, config, progress=silent, checkpoint_dir=tmp_path / "cut")

    assert any(place["step"] > 0 for place in places) is (minutes == 0)
    assert same(undisturbed, resumed)


def test_a_snapshot_on_disk_trains_the_same_recommender(tmp_path: Path) -> None:
    data = checkerboard()
    data.save(tmp_path / "snapshot")

    on_disk, in_memory = (
        train(each, small_config(), progress=silent, checkpoint_dir=tmp_path / name)
        for each, name in [(TrainingData.load(tmp_path / "snapshot"), "a"), (data, "b")]
    )

    assert same(on_disk, in_memory)


def test_checkpoints_of_other_settings_are_not_taken_up(tmp_path: Path) -> None:
    data = checkerboard()
    train(data, small_config(seed=1), progress=silent, checkpoint_dir=tmp_path / "one")

    reused = train(data, small_config(), progress=silent, checkpoint_dir=tmp_path / "one")

    fresh = train(data, small_config(), progress=silent, checkpoint_dir=tmp_path / "other")
    assert same(reused, fresh)


def test_progress_only_grows_and_ends_at_the_end(tmp_path: Path) -> None:
    told: list[float] = []

    def progress(stage: str, done: float, message: str = "", **curve_point: float) -> None:
        told.append(done)

    train(checkerboard(), small_config(), progress=progress, checkpoint_dir=tmp_path)

    assert told == sorted(told)
    assert told[-1] <= 1.0


def test_a_shop_without_interactions_is_told_to_import_some(tmp_path: Path) -> None:
    data = checkerboard()
    empty = replace(data, interactions=data.interactions.select(np.zeros(480, dtype=np.bool_)))

    with pytest.raises(NotEnoughDataError, match="Import events first"):
        train(empty, small_config(), progress=silent, checkpoint_dir=tmp_path)


@pytest.mark.parametrize("rows", [1, 3, 10])
def test_a_tiny_shop_trains_all_the_same(tmp_path: Path, rows: int) -> None:
    data = checkerboard()
    tiny = replace(data, interactions=data.interactions.select(np.arange(480) < rows))

    recommender = train(tiny, small_config(), progress=silent, checkpoint_dir=tmp_path)

    assert all(bool(value.isfinite().all()) for value in recommender.state_dict().values())


def test_a_shop_without_texts_and_pictures_trains_on_behaviour_alone(tmp_path: Path) -> None:
    bare = replace(checkerboard(), modalities={})

    recommender = train(bare, small_config(), progress=silent, checkpoint_dir=tmp_path)

    assert recommender.branches == ("behaviour",)


def test_without_a_refit_the_measured_recommender_is_returned(tmp_path: Path) -> None:
    config = replace(small_config(), refit=False)

    recommender = train(checkerboard(), config, progress=silent, checkpoint_dir=tmp_path)

    assert int(recommender.counts.sum()) == 480 - 2 * 60
