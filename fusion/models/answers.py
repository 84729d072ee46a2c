"""Rows of what was shown, and of what came of it."""

from django.db import models
from django.db.models import Q

from fusion.models.training import ModelVersion
from users.models import Shopper


class ServedList(models.Model):
    """What one answer showed, and which version ranked it."""

    recommendation_id = models.UUIDField(primary_key=True, editable=False)
    shopper = models.ForeignKey(
        Shopper, models.CASCADE, null=True, blank=True, related_name="served_lists"
    )
    scenario = models.CharField(max_length=40)
    model_version = models.ForeignKey(
        ModelVersion, models.SET_NULL, null=True, blank=True, related_name="served_lists"
    )
    fallback_level = models.CharField(max_length=20)
    question = models.JSONField(
        default=dict
    )  # what was asked for, the scenario's defaults filled in
    results = models.JSONField(default=list)
    took_ms = models.FloatField()
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["-created_at", "recommendation_id"], name="served_list_newest"),
            models.Index(fields=["shopper", "-created_at"], name="served_list_shopper"),
            # Some steps answer once in a million: a filter must not read all lists for them.
            models.Index(
                fields=["fallback_level", "-created_at", "recommendation_id"],
                name="served_list_step",
            ),
        ]

    def __str__(self) -> str:
        return str(self.recommendation_id)


class AttributionDay(models.Model):
    """What came of one day's answers of one scenario, ranked by one version or by none."""

    day = models.DateField()  # UTC, on which the answers were given
    scenario = models.CharField(max_length=40)
    model_version = models.ForeignKey(
        ModelVersion, models.CASCADE, null=True, blank=True, related_name="attribution"
    )
    num_answers = models.PositiveIntegerField(default=0)
    num_shown = models.PositiveBigIntegerField(default=0)  # products of these answers
    num_clicked_answers = models.PositiveIntegerField(default=0)  # with at least one click
    num_clicks = models.PositiveIntegerField(default=0)  # pairs of answer and product
    num_purchases = models.PositiveIntegerField(default=0)
    revenue = models.DecimalField(max_digits=20, decimal_places=6, default=0)
    # Sum over answers of the square of their revenue, for its interval; None where not kept.
    revenue_squares = models.FloatField(null=True, blank=True, editable=False)
    computed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-day", "scenario"], name="attribution_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["day", "scenario", "model_version"],
                condition=Q(model_version__isnull=False),
                name="one_attribution_a_version",
            ),
            models.UniqueConstraint(
                fields=["day", "scenario"],
                condition=Q(model_version__isnull=True),
                name="one_attribution_without_version",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.scenario}"
