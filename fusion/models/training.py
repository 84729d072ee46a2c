"""Rows of the model's life: vectors, training runs and versions."""

import uuid
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

# A run whose workers died this often is not tried again: the next one would die too.
MAX_ATTEMPTS = 3


def training_lease() -> timedelta:
    """Return the silence after which a run's worker counts as dead."""
    return timedelta(seconds=settings.FUSION_TRAINING_LEASE_SECONDS)


class Embedding(models.Model):
    """An encoder's vector of one content, known by the sha256 of it.

    Products point here by `text_hash`, `ProductImage.content_hash` and
    `ProductVector.content_hash`, so unchanged content is never encoded twice and a colour
    variant with the same words costs nothing.
    """

    encoder = models.CharField(max_length=100)
    content_hash = models.CharField(max_length=64)
    vector = models.BinaryField(null=True)  # float16, little-endian, L2-normalised
    problem = models.CharField(max_length=300, blank=True)  # why there is no vector
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [
            # The few that could not be encoded are somebody's work list.
            models.Index(fields=["-id"], name="embedding_problem", condition=~Q(problem=""))
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["encoder", "content_hash"], name="one_vector_a_content"
            ),
            models.CheckConstraint(
                condition=Q(vector__isnull=False) | ~Q(problem=""),
                name="embedding_has_vector_or_problem",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.encoder} {self.content_hash[:12]}"


class TrainingRunQuerySet(models.QuerySet["TrainingRun"]):
    """Claims and reads of runs."""

    def unfinished(self) -> Self:
        """Runs that wait or work."""
        return self.filter(status__in=[TrainingRun.Status.PENDING, TrainingRun.Status.RUNNING])

    def orphaned(self, *, now: datetime) -> Self:
        """Running rows whose worker went silent."""
        silent_since = now - training_lease()
        return self.filter(status=TrainingRun.Status.RUNNING, heartbeat_at__lt=silent_since)

    def claim(self, run_id: int, *, claim: uuid.UUID, now: datetime) -> bool:
        """Take one run for this worker; False while another worker holds it.

        The first claim fixes the cutoff: a run that is taken over trains on the same past.
        """
        waiting = Q(status=TrainingRun.Status.PENDING)
        orphaned = Q(
            status=TrainingRun.Status.RUNNING,
            heartbeat_at__lt=now - training_lease(),
            num_attempts__lt=MAX_ATTEMPTS,
        )
        num_claimed = self.filter(waiting | orphaned, id=run_id).update(
            status=TrainingRun.Status.RUNNING,
            claim=claim,
            heartbeat_at=now,
            num_attempts=F("num_attempts") + 1,
            started_at=Coalesce("started_at", now),
            cutoff=Coalesce("cutoff", now),
        )
        return num_claimed == 1


class TrainingRun(models.Model):
    """One request to train, from the button to the finished version."""

    class Status(models.TextChoices):
        PENDING = "pending", "Waiting"
        RUNNING = "running", "Running"
        SUCCEEDED = "succeeded", "Succeeded"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"

    class Promotion(models.TextChoices):
        GATE = "gate", "Promote when the gate passes"
        MANUAL = "manual", "Wait for a person"

    status = models.CharField(max_length=9, choices=Status.choices, default=Status.PENDING)
    promotion = models.CharField(max_length=6, choices=Promotion.choices, default=Promotion.GATE)
    config = models.JSONField(default=dict, blank=True)  # fusion.config.TrainingConfig
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=300, blank=True)  # why, in the words of who asked
    cutoff = models.DateTimeField(null=True, blank=True)  # set at the first claim
    claim = models.UUIDField(null=True, blank=True, editable=False)
    heartbeat_at = models.DateTimeField(null=True, blank=True)
    stage = models.CharField(max_length=60, blank=True)
    progress = models.FloatField(default=0.0)  # 0..1 over the whole run
    message = models.CharField(max_length=300, blank=True)
    curves = models.JSONField(default=dict, blank=True)  # {"behaviour.loss": [[step, value], …]}
    log = models.TextField(blank=True)
    error = models.TextField(blank=True)
    num_attempts = models.PositiveSmallIntegerField(default=0)
    is_cancel_requested = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = TrainingRunQuerySet.as_manager()

    class Meta:
        permissions = [("train_model", "Can start and cancel training")]
        constraints = [
            # One at a time: the second row that waits or works breaks this.
            models.UniqueConstraint(
                models.Value(1),
                condition=Q(status__in=["pending", "running"]),
                name="one_unfinished_training_run",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["pending", "running", "succeeded", "failed", "cancelled"]),
                name="training_run_status",
            ),
        ]

    def __str__(self) -> str:
        return f"run {self.pk}"


class ModelVersion(models.Model):
    """A trained and evaluated model: this row and its immutable artifact folder."""

    class Status(models.TextChoices):
        CANDIDATE = "candidate", "Candidate"
        ACTIVE = "active", "Active"
        RETIRED = "retired", "Retired"

    run = models.OneToOneField(TrainingRun, models.PROTECT, related_name="version")
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.CANDIDATE)
    artifact = models.CharField(max_length=200, unique=True)  # folder under FUSION_ARTIFACT_DIR
    report = models.JSONField(default=dict)
    data_hash = models.CharField(max_length=64)
    cutoff = models.DateTimeField()
    gate_outcome = models.CharField(max_length=20, blank=True)
    gate_reason = models.TextField(blank=True)
    override_reason = models.TextField(blank=True)  # why a person promoted it all the same
    created_at = models.DateTimeField(auto_now_add=True)
    promoted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        permissions = [("promote_version", "Can promote and roll back versions")]
        constraints = [
            models.UniqueConstraint(
                fields=["status"], condition=Q(status="active"), name="one_active_version"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["candidate", "active", "retired"]),
                name="model_version_status",
            ),
        ]

    def __str__(self) -> str:
        return f"version {self.pk} ({self.status})"
