"""What can be recommended: products, their pictures and categories."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Self

from django.db import models

from catalog.text import product_text, text_hash


class Category(models.Model):
    """A node of the shop's category tree, known by its whole path ("Home > Lamps")."""

    path = models.CharField(max_length=500, unique=True)
    name = models.CharField(max_length=200)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children"
    )

    class Meta:
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.path


class ProductQuerySet(models.QuerySet["Product"]):
    """Reads that chain: `Product.objects.available().changed_since(moment)`."""

    def known(self) -> Self:
        """Products the shop has described; a placeholder only stands for an id in an event."""
        return self.filter(is_placeholder=False)

    def available(self) -> Self:
        """Products that may be shown to a shopper."""
        return self.filter(is_available=True)

    def changed_since(self, moment: datetime) -> Self:
        """Products saved at `moment` or later."""
        return self.filter(updated_at__gte=moment)

    def with_external_ids(self, external_ids: Iterable[str]) -> Self:
        """Products the shop knows by these ids."""
        return self.filter(external_id__in=list(external_ids))

    def newest_first(self) -> Self:
        """The order of "what is new", with a unique last column."""
        return self.order_by("-created_at", "-id")


class Product(models.Model):
    """One thing the shop sells.

    An event may name a product the shop has not described yet. Such an id gets a
    placeholder row, so the event joins its product by itself once the product arrives.
    """

    external_id = models.CharField(
        "product id", max_length=128, unique=True, help_text="The shop's own id, kept as text."
    )
    title = models.CharField(max_length=500, blank=True)
    description = models.TextField(blank=True)
    category = models.ForeignKey(
        Category, models.SET_NULL, null=True, blank=True, related_name="products"
    )
    brand = models.CharField(max_length=200, blank=True)
    price = models.DecimalField(max_digits=14, decimal_places=6, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    url = models.URLField(max_length=2000, blank=True)
    attributes = models.JSONField(default=dict, blank=True)
    is_available = models.BooleanField(default=True)
    is_placeholder = models.BooleanField(default=False, editable=False)
    # sha256 of `product_text`, empty when there is no word to encode.
    text_hash = models.CharField(max_length=64, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["-updated_at", "-id"], name="product_changes"),
            models.Index(fields=["-created_at", "-id"], name="product_newest"),
            models.Index(fields=["text_hash"], name="product_text_hash"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(external_id=""), name="product_has_external_id"
            ),
            models.CheckConstraint(
                condition=models.Q(is_placeholder=False) | models.Q(is_available=False),
                name="placeholder_is_not_available",
            ),
            models.CheckConstraint(
                condition=models.Q(price__isnull=True) | models.Q(price__gte=0),
                name="product_price_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.external_id} {self.title}".strip()

    def save(self, **options: Any) -> None:
        """Save with the hash of the words as they are now."""
        self.text_hash = text_hash(product_text(self))
        super().save(**options)


class ProductImageQuerySet(models.QuerySet["ProductImage"]):
    """Reads that chain."""

    def usable(self) -> Self:
        """Pictures that passed the checks."""
        return self.filter(problem="")


class ProductImage(models.Model):
    """A picture of a product, or the reason why there is none at this position."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="images")
    position = models.PositiveSmallIntegerField(default=0, help_text="0 is the main picture.")
    file = models.ImageField(
        upload_to="products", blank=True, width_field="width", height_field="height"
    )
    width = models.PositiveIntegerField(null=True, blank=True, editable=False)
    height = models.PositiveIntegerField(null=True, blank=True, editable=False)
    content_hash = models.CharField(max_length=64, blank=True, editable=False)  # sha256 of bytes
    source_url = models.URLField(max_length=2000, blank=True)
    problem = models.CharField(
        max_length=300, blank=True, help_text="Why this picture cannot be used, in plain words."
    )
    updated_at = models.DateTimeField(auto_now=True)

    objects = ProductImageQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["content_hash"], name="image_content_hash"),
            models.Index(fields=["-updated_at"], name="image_changes"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["product", "position"], name="one_image_a_position"),
            models.CheckConstraint(
                condition=~models.Q(file="") | ~models.Q(problem=""),
                name="image_has_file_or_problem",
            ),
        ]

    def __str__(self) -> str:
        return f"picture {self.position} of {self.product_id}"


class ProductVector(models.Model):
    """What a product is in a modality whose vectors the shop computes itself."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="vectors")
    modality = models.CharField(max_length=30)
    content_hash = models.CharField(max_length=64)  # sha256 of `numbers`
    numbers = models.BinaryField()  # float16, little-endian, L2-normalised

    class Meta:
        indexes = [models.Index(fields=["content_hash"], name="vector_content_hash")]
        constraints = [
            models.UniqueConstraint(fields=["modality", "product"], name="one_vector_a_modality")
        ]

    def __str__(self) -> str:
        return f"{self.modality} of {self.product_id}"
