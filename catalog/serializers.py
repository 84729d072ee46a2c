"""The shapes of requests and answers, for the API's description.

Requests are checked by `catalog.product_data`, the same for REST and for files; answers are
made by `representation`.
"""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request

from catalog.models import Product, ProductImage


class ProductFieldsSerializer(serializers.Serializer[Any]):
    """What a shop says about a product."""

    title = serializers.CharField(max_length=500, required=False)
    description = serializers.CharField(required=False, help_text="Plain text or HTML.")
    category = serializers.CharField(
        max_length=500, required=False, help_text='The path in the shop\'s tree: "Home > Lamps".'
    )
    brand = serializers.CharField(max_length=200, required=False)
    price = serializers.FloatField(
        required=False, allow_null=True, help_text='A number, or text: "12.50 EUR".'
    )
    currency = serializers.CharField(max_length=3, required=False, help_text="ISO 4217.")
    url = serializers.URLField(max_length=2000, required=False)
    attributes = serializers.DictField(
        required=False, help_text="Anything else: colour, material, size."
    )
    is_available = serializers.BooleanField(
        required=False, help_text="false: never shown. Default of a new product: true."
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

    images = ImageSerializer(many=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


class ImageVerdictSerializer(ImageSerializer):
    """What became of a picture."""

    status = serializers.ChoiceField(["created", "updated", "unchanged"])


class ProductVerdictSerializer(serializers.Serializer[Any]):
    """What became of one row."""

    index = serializers.IntegerField(help_text="Position in the call, from 0.")
    product_id = serializers.CharField()
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
