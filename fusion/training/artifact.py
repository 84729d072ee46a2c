"""A model version's folder: written beside, fsynced, renamed, verified on load."""

import json
import os
import shutil
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from fusion.config import ConfigError, TrainingConfig
from fusion.dataset.data import TrainingData
from fusion.network.recommender import Recommender, RecommenderShape
from fusion.training.manifest import FILES, FORMAT_VERSION, ArtifactError, sha256, verify_artifact

__all__ = ["ArtifactError", "load_artifact", "write_artifact"]


def write_artifact(
    root: Path, name: str, recommender: Recommender, *, report: dict[str, Any], data: TrainingData
) -> Path:
    """Write `root/name` whole or not at all; an existing folder of that name is refused.

    Raises:
        ArtifactError: the name is taken: artifacts never change.
    """
    folder = root / name
    if folder.exists():
        raise ArtifactError(f"{folder} exists already. Artifacts never change: use a new name.")
    root.mkdir(parents=True, exist_ok=True)
    beside = root / f".{name}.{uuid.uuid4().hex}"
    beside.mkdir()
    try:
        _write_files(beside, recommender, report, data)
        os.rename(beside, folder)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    _sync(root)
    return folder


def _write_files(
    folder: Path, recommender: Recommender, report: dict[str, Any], data: TrainingData
) -> None:
    """Write all files and last the manifest that vouches for them."""
    (folder / "config.json").write_text(recommender.config.to_json(), encoding="utf-8")
    (folder / "shape.json").write_text(json.dumps(asdict(recommender.shape)), encoding="utf-8")
    (folder / "report.json").write_text(json.dumps(report), encoding="utf-8")
    state = {key: value.contiguous() for key, value in recommender.state_dict().items()}
    save_file(state, folder / "weights.safetensors")
    manifest = {
        "format_version": FORMAT_VERSION,
        "sha256": {file: sha256(folder / file) for file in FILES},
        "torch_version": torch.__version__,
        "seed": recommender.config.seed,
        "data_hash": data.data_hash,
        "cutoff": data.cutoff,
        "num_items": data.num_items,
        "num_interactions": len(data.interactions),
    }
    (folder / "manifest.json").write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    for path in (*folder.iterdir(), folder):
        _sync(path)


def load_artifact(folder: Path) -> Recommender:
    """Verify every file and build the recommender.

    Raises:
        ArtifactError: a file is missing, changed, or of a format this code does not know.
    """
    verify_artifact(folder)
    try:
        config = TrainingConfig.from_json((folder / "config.json").read_text(encoding="utf-8"))
    except ConfigError as error:
        raise ArtifactError(f"{folder} was made by other code: {error} Train again.") from error
    shape = RecommenderShape(**json.loads((folder / "shape.json").read_text(encoding="utf-8")))
    recommender = Recommender(config, shape)
    try:
        recommender.load_state_dict(load_file(folder / "weights.safetensors"))
    except RuntimeError as error:
        raise ArtifactError(f"{folder} was made by other code. Train again. ({error})") from error
    return recommender.eval()


def _sync(path: Path) -> None:
    """Ask the system to put a file or folder on the disk now."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
