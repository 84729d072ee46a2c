"""Figures kept by tasks, so that no page counts what there is a million of."""

from django.db import models

from catalog.models import Product


class AnswerHour(models.Model):
    """How many answers an hour had, by scenario and step, and how long they took.

    Attributes:
        counts: what the counters in Redis grew by within the hour, by their names.
        seen: the counters as they were when they were last read.
    """

    hour = models.DateTimeField(unique=True)  # its begin, UTC
    counts = models.JSONField(default=dict)
    seen = models.JSONField(default=dict)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:00}"


class ProductShown(models.Model):
    """When a product was last part of an answer that is kept."""

    product = models.OneToOneField(Product, models.CASCADE, primary_key=True, related_name="shown")
    last_shown_at = models.DateTimeField(db_index=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"product {self.product_id} on {self.last_shown_at:%Y-%m-%d}"


class CatalogueCount(models.Model):
    """The last count of the catalogue: one row.

    Attributes:
        counts: products by what is known of them, by name.
        seconds: how long counting took; dear counts are made less often.
    """

    counts = models.JSONField(default=dict)
    seconds = models.FloatField(default=0.0)
    counted_at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"counted at {self.counted_at:%Y-%m-%d %H:%M}"
