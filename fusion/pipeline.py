"""From the database to a model version, in one readable function."""

import json
import os
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from fusion.audit import active_change
from fusion.config import TrainingConfig
from fusion.dataset.data import TrainingData
from fusion.dataset.snapshot import take_snapshot
from fusion.evaluation.evaluate import active_scores, evaluate
from fusion.evaluation.gate import Verdict, decide
from fusion.features import store
from fusion.models import ModelVersion, TrainingRun
from fusion.promotion import PromotionRefused, active_version, promote_version
from fusion.runs.claimed_run import ClaimedRun, RunLost
from fusion.runs.failures import TrainingRefused
from fusion.training.artifact import load_artifact, write_artifact
from fusion.training.distributed import train_with
from fusion.training.manifest import ArtifactError
from fusion.training.progress import Progress
from fusion.training.train import train
from users.audit import record
from users.models import AuditAction

MIN_INTERACTIONS = 10  # below, there is not even a popularity to learn
MIN_SHOPPERS = 2


def train_version(claimed: ClaimedRun) -> ModelVersion:
    """Train, evaluate, judge and publish the version of one run.

    Killed and called again it goes on after its last checkpoint, with the same snapshot.

    Raises:
        TrainingRefused: there is too little to learn from.
        TrainingCancelled: somebody cancelled the run.
        RunLost: another worker has taken the run over.
    """
    config = TrainingConfig.from_json(json.dumps(claimed.run.config))
    _require_writable(_artifact_root())
    claimed.report("snapshot", 0.0, "Reading events, products and vectors.")
    data = _snapshot(claimed, leave_out=config.leave_out)
    _require_enough(data)
    connection.close()  # hours may pass, and idle connections are cut off
    claimed.report("snapshot", 0.03, _size(data, config.leave_out))
    folder, training = claimed.folder, _part(claimed, 0.03, 0.6)
    if settings.FUSION_TRAINING_PROCESSES > 1:
        train_with(settings.FUSION_TRAINING_PROCESSES, folder, config, training)
    recommender = train(data, config, progress=training, checkpoint_dir=folder)
    # The first half of an evaluation is the holdout stage, which training has finished.
    report = evaluate(data, config, progress=_part(claimed, 0.26, 0.94), checkpoint_dir=folder)
    claimed.report("gate", 0.95, "Comparing with the active version.")
    active = active_version()
    verdict = _verdict(report, active, data, config)
    claimed.report("publish", 0.98, verdict.reason)
    report |= _facts(data, verdict, active)
    name = _artifact_name(claimed)
    write_artifact(_artifact_root(), name, recommender, report=report, data=data)
    return _publish(claimed, name, report, data)


def _require_writable(folder: Path) -> None:
    """Fail now, and not after the training."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def _snapshot(claimed: ClaimedRun, *, leave_out: tuple[str, ...]) -> TrainingData:
    """Take the run's snapshot once: a resumed run must train on the same data."""
    folder = claimed.folder / "snapshot"
    if not folder.exists():
        beside = claimed.folder / "snapshot.part"
        shutil.rmtree(beside, ignore_errors=True)
        take_snapshot(cutoff=claimed.cutoff, leave_out=leave_out).save(beside)
        os.replace(beside, folder)
    return TrainingData.load(folder)


def _require_enough(data: TrainingData) -> None:
    num_interactions = len(data.interactions)
    if num_interactions < MIN_INTERACTIONS or data.num_shoppers < MIN_SHOPPERS:
        raise TrainingRefused(
            f"There are only {num_interactions} events of {data.num_shoppers} shoppers on products "
            f"the shop has described; the model needs at least {MIN_INTERACTIONS} events of "
            f"{MIN_SHOPPERS} shoppers. Send more events, then train again."
        )


def _size(data: TrainingData, leave_out: tuple[str, ...]) -> str:
    with_vectors = ", ".join(
        f"{int(each.present.sum()):,} with {name}" for name, each in data.modalities.items()
    )
    known = {*data.modalities, *leave_out}
    lacking = [name for name in store.modality_names() if name not in known]
    without = f" No product has {' or '.join(lacking)}: trained without." if lacking else ""
    without += f" Left out as asked: {', '.join(leave_out)}." if leave_out else ""
    return (
        f"{len(data.interactions):,} events of {data.num_shoppers:,} shoppers on "
        f"{data.num_items:,} products ({with_vectors or 'none with vectors'}).{without}"
    )


def _part(claimed: ClaimedRun, start: float, stop: float) -> Progress:
    """Return a progress that counts as one part of the whole run."""

    def report(stage: str, done: float, message: str = "", **curve_point: float) -> None:
        claimed.report(stage, start + done * (stop - start), message, **curve_point)

    return report


def _verdict(
    report: dict[str, Any],
    active: ModelVersion | None,
    data: TrainingData,
    config: TrainingConfig,
) -> Verdict:
    """Apply the gate: candidate and active version rank for the same shoppers."""
    margin = settings.FUSION_GATE_MARGIN
    if active is None:
        return decide(report, None, margin)
    try:
        recommender = load_artifact(_artifact_root() / active.artifact)
    except ArtifactError as error:
        reason = f"The active version cannot be compared with: {error}"
        return Verdict(passed=False, outcome="inconclusive", reason=reason)
    trained_until = int(active.cutoff.timestamp())
    scores = active_scores(recommender, data, config, trained_until=trained_until)
    return decide(report, scores, margin)


def _facts(data: TrainingData, verdict: Verdict, active: ModelVersion | None) -> dict[str, Any]:
    """Return what the report says beside the metrics."""
    return {
        "data": {
            "num_interactions": len(data.interactions),
            "num_shoppers": data.num_shoppers,
            "num_items": data.num_items,
            "num_present": {name: int(f.present.sum()) for name, f in data.modalities.items()},
        },
        # Vectors of other encoders mean nothing to this version.
        "encoders": {name: store.encoder_in_use(name) for name in data.modalities},
        "verdict": {**asdict(verdict), "active_version": active.pk if active else None},
    }


def _artifact_root() -> Path:
    return Path(settings.FUSION_ARTIFACT_DIR)


def _artifact_name(claimed: ClaimedRun) -> str:
    """Return a name of this claim's own, and remove what a killed one has left."""
    prefix = f"run-{claimed.run.pk}-"
    for left in (*_artifact_root().glob(f"{prefix}*"), *_artifact_root().glob(f".{prefix}*")):
        shutil.rmtree(left)
    return f"{prefix}{str(claimed.run.claim)[:8]}"


def _publish(
    claimed: ClaimedRun, name: str, report: dict[str, Any], data: TrainingData
) -> ModelVersion:
    """End the run and let its version appear in one moment; promote it if that is the rule."""
    now, run, verdict = timezone.now(), claimed.run, report["verdict"]
    try:
        with transaction.atomic():
            claimed.end(TrainingRun.Status.SUCCEEDED, now=now, stage="done", progress=1.0)
            version = ModelVersion.objects.create(
                run=run,
                artifact=name,
                # The gate's inputs, numbers for each shopper, stay in the artifact.
                report={key: value for key, value in report.items() if key != "gate"},
                data_hash=data.data_hash,
                cutoff=claimed.cutoff,
                gate_outcome=verdict["outcome"],
                gate_reason=verdict["reason"],
            )
            message = _promote(version) if _is_to_be_promoted(version) else _waits(version)
            TrainingRun.objects.filter(pk=run.pk).update(message=message[:300])
    except RunLost:
        shutil.rmtree(_artifact_root() / name)
        raise
    return version


def _is_to_be_promoted(version: ModelVersion) -> bool:
    by_gate = version.run.promotion == TrainingRun.Promotion.GATE
    return by_gate and bool(version.report["verdict"]["passed"])


def _promote(version: ModelVersion) -> str:
    before = active_version()
    try:
        promote_version(version_id=version.pk, promoted_at=timezone.now())
    except PromotionRefused as error:  # somebody promoted another version meanwhile
        return f"Version {version.pk} was not promoted: {error}"
    changes, note = active_change(before, version), version.gate_reason
    record(AuditAction.PROMOTE, [version], task="the gate", changes=changes, note=note)
    return f"Version {version.pk} is active. {version.gate_reason}"


def _waits(version: ModelVersion) -> str:
    return f"Version {version.pk} waits for a person. {version.gate_reason}"
