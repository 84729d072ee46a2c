"""An answer with products, as bytes, and how the API's description shows it."""

from dataclasses import asdict, replace

import orjson
from django.http import HttpResponse
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework.request import Request

from fusion.request_values import DEFAULT_LIMIT, MAX_LIMIT
from fusion.serving.product_cards import ProductCard, product_cards
from fusion.serving.results import Recommendation

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
        }
    ],
    "fallback": {"level": "model", "reason": ""},
    "took_ms": 4.1,
}
ANSWER_EXAMPLE = OpenApiExample("Answer", value=ANSWER, response_only=True)
LIMIT = OpenApiParameter("limit", int, default=DEFAULT_LIMIT, description=f"1 to {MAX_LIMIT}.")
FIELDS = OpenApiParameter(
    "fields", str, enum=["product"], description="Adds title, picture, price and page."
)
PRODUCT_ID = OpenApiParameter(
    "product_id",
    str,
    OpenApiParameter.PATH,
    description="The shop's own id, percent-encoded.",
)


def json_answer(request: Request, answer: Recommendation, *, with_products: bool) -> HttpResponse:
    """Return ready bytes: DRF's rendering would cost more than a cached answer itself."""
    body: Recommendation | dict[str, object] = answer
    if with_products:
        body = _with_products(request, answer)
    # Made for one shopper at one moment.
    headers = {"Cache-Control": "private, no-store"}
    return HttpResponse(orjson.dumps(body), content_type="application/json", headers=headers)


def _with_products(request: Request, answer: Recommendation) -> dict[str, object]:
    cards = product_cards([each.product_id for each in answer.results])
    results = [
        asdict(each) | {"product": _card(request, cards[each.product_id])}
        for each in answer.results
    ]
    return asdict(answer) | {"results": results}


def _card(request: Request, card: ProductCard) -> ProductCard:
    """Give the picture a whole address: a storefront lives on another server."""
    if card.image_url is None:
        return card
    return replace(card, image_url=request.build_absolute_uri(card.image_url))
