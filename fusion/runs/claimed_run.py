"""A training run in the hands of this worker: its claim, its progress, its end."""

import logging
import math
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import Error, connection
from django.db.models import QuerySet
from django.utils import timezone

from fusion.models import TrainingRun, training_lease
from fusion.training.progress import TrainingCancelled

logger = logging.getLogger(__name__)
SECONDS_BETWEEN_WRITES = 0.5
MAX_LOG_LINES = 500
MAX_CURVE_POINTS = 500


class RunLost(Exception):
    """Another worker has taken the run over: stop without a trace."""


class ClaimedRun:
    """Reports a run's progress while this worker holds its claim.

    `report` only takes notes; a thread writes them, twice a second at most, and is the
    run's heartbeat. Every write names the claim, so a worker whose run was taken over
    changes nothing any more.
    """

    def __init__(self, run: TrainingRun) -> None:
        self.run = run
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._is_lost = self._is_cancelled = self._is_dirty = False
        self._place: dict[str, Any] = {"progress": run.progress}
        self._curves: dict[str, list[list[float]]] = dict(run.curves)
        self._log = run.log.splitlines()
        self._written_at = 0.0

    @classmethod
    def take(cls, run_id: int, *, now: datetime) -> "ClaimedRun | None":
        """Claim the run; None while another worker holds it, or when it has ended."""
        claim = uuid.uuid4()
        if not TrainingRun.objects.claim(run_id, claim=claim, now=now):
            return None
        return cls(TrainingRun.objects.get(pk=run_id))

    @property
    def folder(self) -> Path:
        """Where the run keeps what it needs to go on after a kill."""
        return Path(settings.FUSION_CHECKPOINT_DIR) / f"run-{self.run.pk}"

    @property
    def cutoff(self) -> datetime:
        """The moment that divides known from future; the first claim has set it."""
        assert self.run.cutoff is not None
        return self.run.cutoff

    def rows(self) -> QuerySet[TrainingRun]:
        """Return the run's row as long as it is ours."""
        return TrainingRun.objects.filter(
            pk=self.run.pk, claim=self.run.claim, status=TrainingRun.Status.RUNNING
        )

    def report(self, stage: str, done: float, message: str = "", **curve_point: float) -> None:
        """Take note of the progress; `done` is the share of the whole run.

        Raises:
            TrainingCancelled: somebody cancelled the run.
            RunLost: another worker has taken it over.
        """
        if self._is_lost:
            raise RunLost
        if self._is_cancelled:
            raise TrainingCancelled
        with self._lock:
            # A resumed run begins again at the front, but nobody wants to see that.
            progress = max(self._place["progress"], min(done, 1.0))
            self._place = {"stage": stage[:60], "progress": progress, "message": message[:300]}
            self._add_to_log(stage, message)
            self._add_to_curves(stage, curve_point)
            self._is_dirty = True

    @contextmanager
    def heartbeat(self) -> Iterator[None]:
        """Write notes and signs of life inside the block."""
        thread = threading.Thread(target=self._beat, name="training-heartbeat", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()
            self._try_to_write()

    def write(self) -> None:
        """Write what was noted; learn whether the run is cancelled or no longer ours."""
        self._is_lost = not self.rows().update(**self._changes(), heartbeat_at=timezone.now())
        self._is_cancelled = self.rows().filter(is_cancel_requested=True).exists()
        self._written_at = time.monotonic()

    def end(self, status: str, *, now: datetime, **values: Any) -> None:
        """Write the run's last status.

        Raises:
            RunLost: another worker has taken it over.
        """
        last_words = self._changes() | values
        if not self.rows().update(status=status, finished_at=now, **last_words):
            raise RunLost

    def _beat(self) -> None:
        # Every few seconds at least, and often enough for a short lease.
        longest = min(3.0, training_lease().total_seconds() / 4)
        try:
            while not self._stop.wait(SECONDS_BETWEEN_WRITES):
                if self._is_dirty or time.monotonic() - self._written_at >= longest:
                    self._try_to_write()
        finally:
            connection.close()

    def _try_to_write(self) -> None:
        try:
            self.write()
        except Error:
            # The database may be back before the lease runs out.
            logger.warning("training.heartbeat_failed", exc_info=True)
            self._is_dirty = True
            connection.close()

    def _changes(self) -> dict[str, Any]:
        with self._lock:
            if not self._is_dirty:
                return {}
            self._is_dirty = False
            # Copies: the run goes on while they are written.
            curves = {name: list(curve) for name, curve in self._curves.items()}
            return {**self._place, "curves": curves, "log": "\n".join(self._log)}

    def _add_to_log(self, stage: str, message: str) -> None:
        if message:
            self._log.append(f"{timezone.now():%H:%M:%S} {stage}: {message}")
            del self._log[:-MAX_LOG_LINES]

    def _add_to_curves(self, stage: str, point: dict[str, float]) -> None:
        """Append a point to each curve of the stage; the x axis is the epoch."""
        x = point.get("epoch")
        for name, y in point.items():
            if name != "epoch" and math.isfinite(y):  # the database keeps no NaN in JSON
                curve = self._curves.setdefault(f"{stage}.{name}", [])
                curve.append([len(curve) + 1 if x is None else x, y])
                del curve[:-MAX_CURVE_POINTS]
