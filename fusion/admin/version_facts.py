"""What a version is made of: size, data, seed, times."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.formats import date_format

from fusion.admin.figures import Figure
from fusion.admin.modalities import modality_label
from fusion.admin.progress import duration
from fusion.models import ModelVersion, TrainingRun
from fusion.training_options import TrainingOptions


def version_facts(version: ModelVersion) -> list[Figure]:
    """Return what somebody who audits a version asks for first."""
    run, data = version.run, version.report.get("data", {})
    return [
        Figure("Settings", _settings(run), "Chosen on the Retrain page; whole on the run's page."),
        Figure(
            "Seed",
            str(run.config.get("seed", 0)),
            "The same seed, data and settings give it again.",
        ),
        Figure("Trained on", _counts(data), "What the training read, up to the cutoff."),
        Figure(
            "Cutoff", date_format(version.cutoff, "j M Y H:i"), "Later events were unknown to it."
        ),
        Figure("Data hash", version.data_hash[:12], f"sha256 of all it read: {version.data_hash}"),
        Figure("Vectors", _encoders(version.report), "The encoder of each modality."),
        Figure("Training took", took(run), "From the first claim of its run to the end."),
        Figure("Size", _size(settings.FUSION_ARTIFACT_DIR / version.artifact), _folder(version)),
    ]


def took(run: TrainingRun) -> str:
    """Write how long a run took; a dash where that is not known."""
    if run.started_at is None or run.finished_at is None:
        return "-"
    return duration(run.finished_at - run.started_at)


def _settings(run: TrainingRun) -> str:
    options = TrainingOptions.of(run.config)
    if options is None:
        return "of its own"
    parts: list[str] = [options.preset]
    parts += [f"without {modality_label(name).lower()}" for name in options.leave_out]
    parts += [] if options.refit else ["trained once"]
    return ", ".join(parts)


def _counts(data: Mapping[str, Any]) -> str:
    names = (
        ("num_interactions", "events"),
        ("num_shoppers", "shoppers"),
        ("num_items", "products"),
    )
    return ", ".join(f"{data[key]:,} {words}" for key, words in names if key in data) or "-"


def _encoders(report: Mapping[str, Any]) -> str:
    encoders: Mapping[str, str] = report.get("encoders", {})
    return ", ".join(f"{modality_label(n).lower()}: {each}" for n, each in encoders.items()) or "-"


def _size(folder: Path) -> str:
    if not folder.is_dir():
        return "not on this machine"
    return filesizeformat(sum(file.stat().st_size for file in folder.iterdir()))


def _folder(version: ModelVersion) -> str:
    return f"Of the folder {version.artifact}. Its manifest holds a sha256 of every file."
