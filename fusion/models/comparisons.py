"""Two versions side by side: asked for by a person, answered by a worker, kept."""

from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from fusion.models.training import ModelVersion

SILENCE = timedelta(minutes=5)  # after which a comparison's worker counts as dead


class VersionComparisonQuerySet(models.QuerySet["VersionComparison"]):
    """Claims and reads of comparisons."""

    def unfinished(self) -> Self:
        """Comparisons that wait or are worked on."""
        return self.filter(status__in=UNFINISHED)

    def abandoned(self, *, now: datetime) -> Self:
        """Those whose worker went silent; a new request may take their place."""
        silent_since = now - SILENCE
        is_lost = Q(status="pending", created_at__lt=silent_since)
        return self.filter(is_lost | Q(status="running", heartbeat_at__lt=silent_since))

    def claim(self, comparison_id: int, *, now: datetime) -> bool:
        """Take one for this worker; False when it is in other hands, or has ended."""
        waiting = self.filter(pk=comparison_id, status=VersionComparison.Status.PENDING)
        status = VersionComparison.Status.RUNNING
        return waiting.update(status=status, started_at=now, heartbeat_at=now) == 1


class VersionComparison(models.Model):
    """What one version shows and scores beside another, for the same shoppers."""

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting"
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"

    first = models.ForeignKey(ModelVersion, models.CASCADE, related_name="+")
    second = models.ForeignKey(ModelVersion, models.CASCADE, related_name="+")
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PENDING)
    progress = models.FloatField(default=0.0)  # 0..1
    message = models.CharField(max_length=300, blank=True)
    result = models.JSONField(default=dict, blank=True)  # what fusion.comparison.work returns
    error = models.TextField(blank=True)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = VersionComparisonQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["first", "second"],
                condition=Q(status__in=["pending", "running"]),
                name="one_unfinished_comparison_a_pair",
            ),
            models.CheckConstraint(
                condition=~Q(first=F("second")), name="comparison_of_two_versions"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "running", "succeeded", "failed"]),
                name="version_comparison_status",
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.first_id} beside version {self.second_id}"


UNFINISHED = (VersionComparison.Status.PENDING, VersionComparison.Status.RUNNING)
