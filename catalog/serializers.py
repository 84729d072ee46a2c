"""The shapes of requests and answers, for the API's description.

Requests are checked by `catalog.product_data`, the same for REST and for files; answers are
made by `representation`.
"""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from catalog.models import Product, ProductImage
from catalog.product_data import (
    MAX_ATTRIBUTES_DEPTH,
    MAX_ATTRIBUTES_LENGTH,
    MAX_CATEGORY_PATH_LENGTH,
    MAX_DESCRIPTION_LENGTH,
)
from catalog.vector_rows import vector_lengths
from catalog.vectors import MAX_NUMBERS


@extend_schema_field(
    {"oneOf": [{"type": "number", "minimum": 0, "nullable": True}, {"type": "string"}]}
)
class PriceField(serializers.FloatField):
    """A price as shops send it."""


class ProductFieldsSerializer(serializers.Serializer[Any]):
    """What a shop says about a product."""

    title = serializers.CharField(max_length=500, required=False, allow_blank=True)
    description = serializers.CharField(
        max_length=MAX_DESCRIPTION_LENGTH,
        required=False,
        allow_blank=True,
        help_text="Plain text or HTML.",
    )
    category = serializers.CharField(
        max_length=MAX_CATEGORY_PATH_LENGTH,
        required=False,
        allow_blank=True,
        help_text='The path in the shop\'s tree: "Home > Lamps".',
    )
    brand = serializers.CharField(max_length=200, required=False, allow_blank=True)
    price = PriceField(required=False, help_text='A number, or text: "12.50 EUR".')
    currency = serializers.CharField(
        max_length=3, required=False, allow_blank=True, help_text="ISO 4217."
    )
    url = serializers.URLField(max_length=2000, required=False, allow_blank=True)
    attributes = serializers.DictField(
        required=False,
        help_text="Anything else: colour, material, size. At most "
        f"{MAX_ATTRIBUTES_LENGTH:,} characters of JSON, {MAX_ATTRIBUTES_DEPTH} levels deep.",
    )
    is_available = serializers.BooleanField(
        required=False, help_text="false: never shown. Default of a new product: true."
    )
    embeddings = serializers.DictField(
        child=serializers.ListField(
            child=serializers.FloatField(), max_length=MAX_NUMBERS, allow_null=True
        ),
        required=False,
        help_text="Vectors you compute yourself, by modality; only those the installation is "
        "set up for (`audio=precomputed`), and all of a modality equally long. null removes one; "
        "those left out stay, also in a PUT.",
    )


class BulkProductSerializer(ProductFieldsSerializer):
    """A product in a bulk call."""

    product_id = serializers.CharField(max_length=128, help_text="The shop's own id, as text.")


class ImageSerializer(serializers.Serializer[Any]):
    """A picture of a product."""

    position = serializers.IntegerField(help_text="0 is the main picture, the one encoded.")
    url = serializers.CharField(allow_null=True)
    width = serializers.IntegerField(allow_null=True, help_text="Pixels.")
    height = serializers.IntegerField(allow_null=True, help_text="Pixels.")
    problem = serializers.CharField(help_text="Why it cannot be used; empty when it can.")


class ProductSerializer(BulkProductSerializer):
    """A product as it is known."""

    price = serializers.FloatField(allow_null=True)  # type: ignore[assignment]  # always a number
    images = ImageSerializer(many=True)
    embeddings = serializers.DictField(
        child=serializers.IntegerField(), help_text="How many numbers each vector you sent has."
    )
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ImageVerdictSerializer(ImageSerializer):
    """What became of a picture."""

    status = serializers.ChoiceField(["created", "updated", "unchanged"])


class ProductVerdictSerializer(serializers.Serializer[Any]):
    """What became of one row."""

    index = serializers.IntegerField(help_text="Position in the call, from 0.")
    product_id = serializers.CharField(
        required=False, help_text="Missing where a rejected row names none."
    )
    status = serializers.ChoiceField(["created", "updated", "unchanged", "rejected"])
    reason = serializers.CharField(required=False, help_text="What to send instead.")


class ProductVerdictsSerializer(serializers.Serializer[Any]):
    """What became of a bulk call."""

    results = ProductVerdictSerializer(many=True)
    created = serializers.IntegerField()
    updated = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = serializers.IntegerField()


def representation(product: Product, request: Request) -> dict[str, Any]:
    """Return a product as the API shows it."""
    return {
        "product_id": product.external_id,
        "title": product.title,
        "description": product.description,
        "category": product.category.path if product.category else "",
        "brand": product.brand,
        "price": None if product.price is None else float(product.price),
        "currency": product.currency,
        "url": product.url,
        "attributes": product.attributes,
        "is_available": product.is_available,
        "images": [
            image_representation(image, request) for image in product.images.order_by("position")
        ],
        "embeddings": vector_lengths(product),
        "created_at": product.created_at,
        "updated_at": product.updated_at,
    }


def image_representation(image: ProductImage, request: Request) -> dict[str, Any]:
    """Return a picture as the API shows it."""
    return {
        "position": image.position,
        "url": request.build_absolute_uri(image.file.url) if image.file else None,
        "width": image.width,
        "height": image.height,
        "problem": image.problem,
    }
