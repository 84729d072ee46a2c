"""What became of runs whose worker went silent."""

from datetime import datetime

from django.conf import settings
from django.db.models import Q
from redis import Redis

from fusion.models import MAX_ATTEMPTS, TrainingRun, TrainingRunQuerySet, training_lease

GAVE_UP = (
    f"The training worker died {MAX_ATTEMPTS} times over this run, most likely for lack of memory. "
    "Look into its log, then train again with the preset 'quick' or on a larger machine."
)


def runs_to_enqueue(*, now: datetime) -> list[int]:
    """End the orphaned runs that nobody should go on with; return those that wait for a worker."""
    status = TrainingRun.Status
    orphaned = TrainingRun.objects.orphaned(now=now)
    cancelled = orphaned.filter(is_cancel_requested=True)
    cancelled.update(status=status.CANCELLED, finished_at=now, message="Cancelled.")
    hopeless = orphaned.filter(num_attempts__gte=MAX_ATTEMPTS)
    hopeless.update(status=status.FAILED, finished_at=now, error=GAVE_UP)
    # A message waits in the queue already: a second one would only pile up.
    return [] if _num_waiting_messages() else list(_stranded(now).values_list("id", flat=True))


def _stranded(now: datetime) -> TrainingRunQuerySet:
    """Runs without a worker: orphaned, or waiting for so long that their message is lost."""
    silent_since = now - training_lease()
    is_lost = Q(status=TrainingRun.Status.PENDING, created_at__lt=silent_since)
    is_orphaned = Q(status=TrainingRun.Status.RUNNING, heartbeat_at__lt=silent_since)
    return TrainingRun.objects.filter(is_lost | is_orphaned)


def _num_waiting_messages() -> int:
    with Redis.from_url(settings.REDIS_URL, socket_timeout=5) as redis:
        return int(redis.llen("train"))
