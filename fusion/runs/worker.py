"""Carrying out a training run, whatever happens on the way."""

import logging
import shutil
from datetime import datetime

from django.utils import timezone

from fusion.models import TrainingRun
from fusion.runs.claimed_run import ClaimedRun, RunLost
from fusion.runs.failures import explain
from fusion.training.progress import TrainingCancelled

logger = logging.getLogger(__name__)


def carry_out(run_id: int, *, now: datetime) -> bool:
    """Train one run to its end; False when it is in other hands, or has ended.

    A run that fails is not tried again: the same data and seed would fail the same way.
    """
    claimed = ClaimedRun.take(run_id, now=now)
    if claimed is None:
        logger.info("training.already_claimed", extra={"run_id": run_id})
        return False
    _discard_checkpoints_of_others(claimed)
    try:
        _work(claimed)
    except RunLost:
        # The checkpoints stay: the worker that took over goes on from them.
        logger.warning("training.lost", extra={"run_id": run_id})
        return False
    shutil.rmtree(claimed.folder, ignore_errors=True)
    return True


def _work(claimed: ClaimedRun) -> None:
    status = TrainingRun.Status
    try:
        with claimed.heartbeat():
            # torch takes seconds and 200 MB to import: only who trains pays.
            from fusion import pipeline

            pipeline.train_version(claimed)
    except RunLost:
        raise
    except TrainingCancelled:
        claimed.end(status.CANCELLED, now=timezone.now(), message="Cancelled.")
    except Exception as error:
        logger.exception("training.failed", extra={"run_id": claimed.run.pk})
        claimed.end(status.FAILED, now=timezone.now(), error=explain(error))


def _discard_checkpoints_of_others(claimed: ClaimedRun) -> None:
    """Remove what workers left that died after their run had ended: one run goes on at a time."""
    for folder in claimed.folder.parent.glob("run-*"):
        if folder != claimed.folder:
            shutil.rmtree(folder, ignore_errors=True)
