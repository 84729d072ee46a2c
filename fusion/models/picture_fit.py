"""Rows of how well products' pictures and words go together."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from catalog.models import Product


class PictureFitQuerySet(models.QuerySet["PictureFit"]):
    """Reads that chain."""

    def to_check(self) -> Self:
        """Rows nobody has called fine, as picture and words are."""
        return self.exclude(accepted_content=F("content"))

    def worst_first(self) -> Self:
        """The order of the work list, with a unique last column."""
        return self.order_by("score", "product_id")


class PictureFit(models.Model):
    """Whether the picture of a product fits its words, by its neighbours; see `agreement`."""

    product = models.OneToOneField(Product, models.CASCADE, related_name="picture_fit")
    score = models.FloatField()  # 0..1, chance is 0.5
    share_better = models.FloatField()  # 0..1 of the products checked with it
    near_words = models.JSONField(default=list)  # keys of products, nearest first
    near_picture = models.JSONField(default=list)
    content = models.CharField(max_length=129)  # hashes of the words and the picture it is about
    computed_at = models.DateTimeField(db_index=True)
    accepted_content = models.CharField(max_length=129, blank=True)  # what a person called fine
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )

    objects = PictureFitQuerySet.as_manager()

    class Meta:
        verbose_name = "picture with words"
        verbose_name_plural = "pictures with words"
        indexes = [models.Index(fields=["score", "product"], name="picture_fit_worst")]
        constraints = [
            models.CheckConstraint(
                condition=Q(score__gte=0, score__lte=1), name="picture_fit_score"
            )
        ]

    def __str__(self) -> str:
        return f"{self.product}: picture and words"

    @property
    def is_accepted(self) -> bool:
        """Whether a person has called this picture with these words fine."""
        return self.accepted_content == self.content
