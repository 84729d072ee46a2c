"""A model version's folder: written beside, fsynced, renamed, verified on load."""

import hashlib
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

FORMAT_VERSION = 1
FILES = ("config.json", "shape.json", "weights.safetensors", "report.json")


class ArtifactError(Exception):
    """The folder cannot be used; the message says what is wrong and what to do."""


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
        "sha256": {file: _sha256(folder / file) for file in FILES},
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
    manifest = read_manifest(folder)
    for file, expected in manifest["sha256"].items():
        _verify(folder / file, expected)
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


def read_manifest(folder: Path) -> dict[str, Any]:
    """Read what a folder says of itself, without loading weights.

    Raises:
        ArtifactError: there is no readable manifest of a known format.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ArtifactError(
            f"{folder} has no manifest.json: it is no finished artifact. Restore it from a "
            "backup or promote another version."
        ) from error
    except json.JSONDecodeError as error:
        raise ArtifactError(f"{folder}/manifest.json is damaged. Restore the folder.") from error
    if not isinstance(manifest, dict) or manifest.get("format_version") != FORMAT_VERSION:
        raise ArtifactError(
            f"{folder} has another format than version {FORMAT_VERSION}, which this code reads. "
            "Train again."
        )
    missing = sorted(set(FILES) - set(manifest.get("sha256", {})))
    if missing:
        raise ArtifactError(f"{folder}/manifest.json does not vouch for {missing[0]}. Restore it.")
    return manifest


def _verify(path: Path, expected: str) -> None:
    """Compare one file with its recorded sha256."""
    if not path.exists():
        raise ArtifactError(f"{path} is missing. Restore the folder from a backup.")
    if _sha256(path) != expected:
        raise ArtifactError(
            f"{path} is not the file that was written (sha256 differs). Restore the folder from "
            "a backup or promote another version."
        )


def _sha256(path: Path) -> str:
    """Return the sha256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    """Ask the system to put a file or folder on the disk now."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
