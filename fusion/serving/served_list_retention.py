"""Which answers are written to the database, and for how long they stay there."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from fusion.models import ServedList

BATCH = 5_000  # rows of one transaction, so that nobody waits for a long one


def is_kept(recommendation_id: UUID) -> bool:
    """Say whether an answer belongs to the share that is kept; the same whoever asks."""
    place = recommendation_id.int & 0xFFFFFFFF  # random bits of a random id
    return place < settings.FUSION_SERVED_LIST_SHARE * 2**32


def delete_old(*, now: datetime) -> int:
    """Delete answers older than FUSION_SERVED_LIST_DAYS; return how many.

    Answers whose figures may still change stay, whatever the setting says.
    """
    days = max(settings.FUSION_SERVED_LIST_DAYS, settings.FUSION_ATTRIBUTION_DAYS + 1)
    old = ServedList.objects.filter(created_at__lt=now - timedelta(days=days))
    num_deleted = 0
    while some := list(old.order_by("created_at").values_list("pk", flat=True)[:BATCH]):
        num_deleted += ServedList.objects.filter(pk__in=some).delete()[0]
    return num_deleted
