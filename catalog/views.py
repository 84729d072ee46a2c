"""The catalogue over REST: a view checks the call, makes one service call, and answers."""

from typing import Any, get_args

from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import exceptions, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from catalog.answers import field_errors, verdicts_answer
from catalog.converters import ExternalIdView
from catalog.examples import (
    LAMP,
    LAMP_AS_KNOWN,
    PICTURE_KEPT,
    SOLD_OUT,
    TWO_LINES,
    TWO_ROWS,
    TWO_VERDICTS,
)
from catalog.images import store_image
from catalog.models import Product, ProductImage
from catalog.parsers import NdjsonParser, OrjsonParser, PictureParser
from catalog.product_data import ProductData, ProductStatus, parse_product
from catalog.serializers import (
    BulkProductSerializer,
    ImageVerdictSerializer,
    ProductFieldsSerializer,
    ProductSerializer,
    ProductVerdictsSerializer,
    image_representation,
    representation,
)
from catalog.services import receive_products, retire_products, upsert_products
from catalog.values import InvalidRowError, require_object

MAX_BULK_ROWS = 5000
MAX_PRODUCT_BYTES = 1024 * 1024
MAX_BULK_BYTES = 25 * 1024 * 1024
MAX_IMAGE_POSITION = 99
PRODUCT_ID = OpenApiParameter(
    "product_id",
    str,
    OpenApiParameter.PATH,
    description="The shop's own id, percent-encoded: `AB/12` is `AB%2F12`.",
)


class BadPictureError(exceptions.APIException):
    """The bytes are no picture that can be used."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "bad_picture"


def _checked(request: Request, product_id: str, *, replace: bool) -> ProductData:
    with field_errors():
        body = require_object(request.data)
        if not body:
            raise InvalidRowError({"": "The body is empty: send at least one field."})
        if body.get("product_id", product_id) != product_id:
            raise InvalidRowError({"product_id": "Differs from the id in the address."})
        return parse_product({**body, "product_id": product_id}, replace=replace)


def _known_product(product_id: str) -> Product:
    return get_object_or_404(Product.objects.known(), external_id=product_id)


class ProductView(ExternalIdView):
    """One product."""

    required_scopes = ("ingest",)
    parser_classes = (OrjsonParser,)
    max_body_bytes = MAX_PRODUCT_BYTES

    @extend_schema(
        operation_id="get_product",
        tags=["Products"],
        parameters=[PRODUCT_ID],
        examples=[LAMP_AS_KNOWN],
        responses=ProductSerializer,
    )
    def get(self, request: Request, product_id: str) -> Response:
        """Return a product as it is known."""
        return Response(representation(_known_product(product_id), request))

    @extend_schema(
        operation_id="put_product",
        tags=["Products"],
        parameters=[PRODUCT_ID],
        request=ProductFieldsSerializer,
        examples=[LAMP, LAMP_AS_KNOWN],
        responses={200: ProductSerializer, 201: ProductSerializer},
    )
    def put(self, request: Request, product_id: str) -> Response:
        """Create a product, or replace all that is said about it; its pictures stay.

        Fields left out become empty, and the product is available unless the body says not;
        embeddings left out stay.
        """
        return self._save(request, _checked(request, product_id, replace=True))

    @extend_schema(
        operation_id="patch_product",
        tags=["Products"],
        parameters=[PRODUCT_ID],
        request=ProductFieldsSerializer,
        examples=[SOLD_OUT, LAMP_AS_KNOWN],
        responses=ProductSerializer,
    )
    def patch(self, request: Request, product_id: str) -> Response:
        """Change the fields that are sent, and leave the others."""
        _known_product(product_id)
        return self._save(request, _checked(request, product_id, replace=False))

    @extend_schema(
        operation_id="retire_product",
        tags=["Products"],
        parameters=[PRODUCT_ID],
        responses={204: OpenApiResponse(description="Switched off.")},
    )
    def delete(self, request: Request, product_id: str) -> Response:
        """Switch a product off: it is never recommended again, and its history stays."""
        retire_products([_known_product(product_id).external_id])
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _save(self, request: Request, product: ProductData) -> Response:
        (verdict,) = upsert_products([product])
        if verdict.status == "rejected":
            field, _, message = verdict.reason.partition(": ")
            raise exceptions.ValidationError({field: message})
        code = status.HTTP_201_CREATED if verdict.status == "created" else status.HTTP_200_OK
        return Response(representation(_known_product(product.external_id), request), status=code)


class ProductsBulkView(APIView):
    """Many products in one call."""

    required_scopes = ("ingest",)
    parser_classes = (OrjsonParser, NdjsonParser)
    max_body_bytes = MAX_BULK_BYTES

    @extend_schema(
        operation_id="bulk_products",
        tags=["Products"],
        request={
            "application/json": BulkProductSerializer(many=True),
            "application/x-ndjson": OpenApiTypes.STR,
        },
        examples=[TWO_ROWS, TWO_LINES, TWO_VERDICTS],
        responses=ProductVerdictsSerializer,
    )
    def post(self, request: Request) -> Response:
        """Create or change up to 5,000 products, each on its own.

        Send a JSON array, or one object a line as `application/x-ndjson`. A row changes the
        fields it names. The answer is 200 also when rows are rejected: read `rejected`.
        """
        rows = request.data
        if not isinstance(rows, list) or not rows:
            raise exceptions.ValidationError({"": "Send an array of products, or NDJSON."})
        if len(rows) > MAX_BULK_ROWS:
            message = f"Send at most {MAX_BULK_ROWS:,} products a call, not {len(rows):,}."
            raise exceptions.ValidationError({"": message})
        return Response(verdicts_answer(receive_products(rows), get_args(ProductStatus)))


class ProductImageView(ExternalIdView):
    """A picture of a product."""

    required_scopes = ("ingest",)
    parser_classes = (PictureParser,)

    @extend_schema(
        operation_id="put_product_image",
        tags=["Products"],
        parameters=[
            PRODUCT_ID,
            OpenApiParameter("position", int, OpenApiParameter.PATH, description="0 to 99."),
        ],
        request={"image/*": OpenApiTypes.BINARY},
        examples=[PICTURE_KEPT],
        responses={
            200: ImageVerdictSerializer,
            201: ImageVerdictSerializer,
            422: OpenApiResponse(description="The bytes are no picture that can be used."),
        },
    )
    def put(self, request: Request, product_id: str, position: int) -> Response:
        """Store a picture; the body is the file: JPEG, PNG, WebP or GIF.

        Position 0 is the main picture, the one that is encoded. Sending the same bytes again
        changes nothing. A picture that cannot be used is answered with 422 and the reason,
        and an earlier good one at this position stays.
        """
        if position > MAX_IMAGE_POSITION:
            message = f"Positions go from 0 to {MAX_IMAGE_POSITION}."
            raise exceptions.ValidationError({"position": message})
        product = _known_product(product_id)
        data: Any = request.data
        verdict = store_image(product, position, data if isinstance(data, bytes) else b"")
        if verdict.status == "rejected":
            raise BadPictureError(verdict.problem)
        image = ProductImage.objects.get(product=product, position=position)
        code = status.HTTP_201_CREATED if verdict.status == "created" else status.HTTP_200_OK
        body = {"status": verdict.status, **image_representation(image, request)}
        return Response(body, status=code)
