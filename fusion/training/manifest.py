"""What an artifact's folder says of itself, and whether that is true. No torch: promotion
checks a version in processes that never rank.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

FORMAT_VERSION = 1
FILES = ("config.json", "shape.json", "weights.safetensors", "report.json")


class ArtifactError(Exception):
    """The folder cannot be used; the message says what is wrong and what to do."""


def verify_artifact(folder: Path) -> None:
    """Compare every file with the manifest.

    Raises:
        ArtifactError: a file is missing, changed, or of a format this code does not know.
    """
    for file, expected in read_manifest(folder)["sha256"].items():
        _verify(folder / file, expected)


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
    if sha256(path) != expected:
        raise ArtifactError(
            f"{path} is not the file that was written (sha256 differs). Restore the folder from "
            "a backup or promote another version."
        )


def sha256(path: Path) -> str:
    """Return the sha256 of a file as hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
