"""An answer with products, as bytes, and how the API's description shows it."""

from collections.abc import Mapping
from dataclasses import asdict, fields, replace

import orjson
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework.request import Request

from fusion.request_values import DEFAULT_LIMIT, MAX_LIMIT
from fusion.serving.product_cards import ProductCard, product_cards
from fusion.serving.results import Recommendation, Result

PRIVATE = {"Cache-Control": "private, no-store"}  # made for one shopper at one moment
MAX_QUESTION_BYTES = 256 * 1024
ANSWER = {
    "recommendation_id": "8f0c2c5e-6d5c-4c43-9b6e-0f5a3f2f8f11",
    "scenario": "home",
    "model_version": 7,
    "results": [
        {
            "product_id": "0042",
            "rank": 1,
            "score": 3.25,
            "source": "model",
            "contributions": {"behaviour": 2.0, "text": 0.75, "image": 0.5},
            "reasons": [],
            "evidence": {},
        }
    ],
    "fallback": {"level": "model", "reason": ""},
    "took_ms": 4.1,
}
ANSWER_EXAMPLE = OpenApiExample("Answer", value=ANSWER, response_only=True)
LIMIT = OpenApiParameter(
    "limit",
    {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
    default=DEFAULT_LIMIT,
    description=f"1 to {MAX_LIMIT}.",
)
FIELDS = OpenApiParameter(
    "fields", str, enum=["product"], description="Adds title, picture, price and page."
)
PRODUCT_ID = OpenApiParameter(
    "product_id",
    str,
    OpenApiParameter.PATH,
    description="The shop's own id, percent-encoded.",
)


def json_answer(
    request: Request,
    answer: Recommendation,
    *,
    with_products: bool,
    more: Mapping[str, object] | None = None,
) -> HttpResponse:
    """Return ready bytes: DRF's rendering would cost more than a cached answer itself.

    Args:
        more: fields beside those of the answer.
    """
    body: object = answer
    if with_products or more:
        body = {**body_of(request, answer, with_products=with_products), **(more or {})}
    return json_bytes(orjson.dumps(body))


def json_bytes(body: bytes) -> HttpResponse:
    """Return an answer that is JSON already."""
    return HttpResponse(body, content_type="application/json", headers=PRIVATE)


def body_of(request: Request, answer: Recommendation, *, with_products: bool) -> dict[str, object]:
    """Return the fields of an answer, products described where that was asked for."""
    body: dict[str, object] = {each.name: getattr(answer, each.name) for each in fields(answer)}
    if with_products:
        cards = product_cards([each.product_id for each in answer.results])
        body["results"] = [_described(request, each, cards) for each in answer.results]
    return body


def _described(
    request: Request, result: Result, cards: Mapping[str, ProductCard]
) -> dict[str, object]:
    card = cards.get(result.product_id)  # None for an id nobody described
    return asdict(result) | ({"product": _card(request, card)} if card else {})


def _card(request: Request, card: ProductCard) -> ProductCard:
    """Give the picture a whole address: a storefront lives on another server."""
    if card.image_url is None:
        return card
    return replace(card, image_url=request.build_absolute_uri(card.image_url))
