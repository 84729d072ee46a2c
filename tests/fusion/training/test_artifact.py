"""A version's folder: whole or not at all, and checked before use."""

import json
from pathlib import Path

import pytest
import torch

from fusion.serving.ranker import Ranker, RankRequest
from fusion.training.artifact import ArtifactError, load_artifact, write_artifact
from fusion.training.manifest import read_manifest
from tests.fusion.checkerboard import FIRST_KEY, checkerboard
from tests.fusion.trained import trained


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a written artifact."""
    return write_artifact(
        tmp_path / "artifacts", "v1", trained(), report={"shoppers": 60}, data=checkerboard()
    )


def test_a_loaded_artifact_ranks_like_the_recommender_it_was_made_of(folder: Path) -> None:
    request = RankRequest([(FIRST_KEY + 2, 1.0, 0), (FIRST_KEY + 6, 1.0, 60)], 10)

    loaded = load_artifact(folder)

    (found,), (expected,) = Ranker(loaded).rank([request]), Ranker(trained()).rank([request])
    assert [*found] == [*expected]


def test_the_manifest_says_what_the_version_was_made_of(folder: Path) -> None:
    manifest = read_manifest(folder)

    assert manifest["format_version"] == 1
    assert manifest["torch_version"] == torch.__version__
    assert (manifest["seed"], manifest["data_hash"]) == (0, "checkerboard-0")
    assert (manifest["cutoff"], manifest["num_items"]) == (480, 24)
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [*manifest["sha256"], "manifest.json"]
    )


@pytest.mark.parametrize(
    "file", ["config.json", "shape.json", "weights.safetensors", "report.json"]
)
def test_a_changed_file_is_refused_by_name(folder: Path, file: str) -> None:
    content = bytearray((folder / file).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / file).write_bytes(bytes(content))

    with pytest.raises(ArtifactError, match=rf"{file} is not the file that was written"):
        load_artifact(folder)


def test_a_missing_file_is_refused_by_name(folder: Path) -> None:
    (folder / "report.json").unlink()

    with pytest.raises(ArtifactError, match=r"report\.json is missing"):
        load_artifact(folder)


def test_a_folder_without_a_manifest_is_no_artifact(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"no manifest\.json"):
        load_artifact(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"format_version": 99}, "another format"), ({"sha256": {}}, "does not vouch for")],
)
def test_a_manifest_of_other_code_is_refused(
    folder: Path, change: dict[str, object], message: str
) -> None:
    manifest = read_manifest(folder) | change
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")

    with pytest.raises(ArtifactError, match=message):
        load_artifact(folder)


def test_an_artifact_never_changes(folder: Path) -> None:
    before = (folder / "manifest.json").read_bytes()

    with pytest.raises(ArtifactError, match="use a new name"):
        write_artifact(folder.parent, "v1", trained(), report={}, data=checkerboard())

    assert (folder / "manifest.json").read_bytes() == before
    assert [path.name for path in folder.parent.iterdir()] == ["v1"]


def test_a_failed_write_leaves_nothing_behind(tmp_path: Path) -> None:
    unwritable = {"report": {1, 2}}  # a set is no JSON

    with pytest.raises(TypeError):
        write_artifact(tmp_path, "v1", trained(), report=unwritable, data=checkerboard())

    assert list(tmp_path.iterdir()) == []
