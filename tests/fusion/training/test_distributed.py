"""Several processes train the model that one would have trained."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from fusion.config import TrainingConfig
from fusion.network.recommender import Recommender
from fusion.training.distributed import ProcessesFailed, train_with
from fusion.training.progress import TrainingCancelled
from fusion.training.train import start, train
from fusion.training.validation import dense_scorer, validation_ndcg
from tests.fusion.checkerboard import checkerboard, silent, small_config


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a run's folder with its snapshot."""
    monkeypatch.setenv("FUSION_DEVICE", "cpu")
    checkerboard().save(tmp_path / "run" / "snapshot")
    return tmp_path / "run"


def quality(recommender: Recommender, config: TrainingConfig, folder: Path) -> dict[str, float]:
    """Return the validation NDCG@10 of each network."""
    run = start(checkerboard(), config, progress=silent, checkpoint_dir=folder)
    return {
        name: validation_ndcg(
            dense_scorer(network), run.split.interactions, run.split.validation, 8
        )
        for name, network in recommender.dense_networks().items()
    }


@pytest.mark.processes
@pytest.mark.parametrize("sampled", [False, True])
def test_two_processes_rank_as_well_as_one(folder: Path, tmp_path: Path, sampled: bool) -> None:
    config = replace(small_config(), refit=False)
    if sampled:
        drawn = replace(config.sequence, full_softmax_up_to=0, negatives=64)
        config = replace(config, sequence=drawn)
    told: list[float] = []

    def progress(stage: str, done: float, message: str = "", **curve_point: float) -> None:
        told.append(done)

    train_with(2, folder, config, progress)  # fails unless both end with the same weights

    together = train(checkerboard(), config, progress=silent, checkpoint_dir=folder)
    alone = train(checkerboard(), config, progress=silent, checkpoint_dir=tmp_path / "alone")
    assert told == sorted(told)
    assert quality(together, config, folder) == pytest.approx(
        quality(alone, config, tmp_path / "alone"), abs=0.06
    )


@pytest.mark.processes
def test_cancelling_stops_all_processes(folder: Path) -> None:
    def progress(stage: str, done: float, message: str = "", **curve_point: float) -> None:
        raise TrainingCancelled

    with pytest.raises(TrainingCancelled):
        train_with(2, folder, small_config(), progress)


@pytest.mark.processes
def test_a_process_that_fails_ends_the_training(folder: Path) -> None:
    (folder / "snapshot" / "item.npy").unlink()

    with pytest.raises(ProcessesFailed, match="failed"):
        train_with(2, folder, small_config(), silent)


@pytest.mark.processes
def test_torchrun_starts_the_module(folder: Path) -> None:
    (folder / "config.json").write_text(replace(small_config(), refit=False).to_json())
    engine = [sys.executable, "-m", "torch.distributed.run", "--standalone"]

    subprocess.run(
        [*engine, "--nproc-per-node=1", "-m", "fusion.training.distributed", str(folder)],
        check=True,
        capture_output=True,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )

    assert (folder / "fusion.safetensors").exists()
