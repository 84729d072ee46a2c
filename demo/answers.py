"""The recommender's answers, asked for in this process and put on shelves."""

from dataclasses import replace

from django.utils import timezone

from catalog.models import Category
from demo.current_shopper import CurrentShopper
from demo.shelves import Shelf, ids_seen, ranked_shelf
from fusion.serving.filters import ProductFilter
from fusion.serving.listings import bought_together
from fusion.serving.recommend import recommend, similar_products
from fusion.serving.results import Step

_SEEN_LATELY = 30
SIMILAR_BY = ("fused", "behaviour", "text", "image")

_SIMILAR_HINTS = {
    "fused": "All branches together.",
    "behaviour": "What the same people looked at and bought.",
    "text": "What is described in a similar way.",
    "image": "What looks alike.",
}


def for_you(shopper: CurrentShopper, *, limit: int) -> Shelf:
    """Return what the model ranks first for this shopper, given all they did so far.

    What they looked at lately is left out: it has a shelf of its own.
    """
    now = timezone.now()
    answer = recommend(
        user_id=shopper.user_id,
        visitor_id=shopper.visitor_id,
        limit=limit,
        exclude_product_ids=ids_seen(shopper.row(), now=now, limit=_SEEN_LATELY),
        now=now,
    )
    hint = "Ranked anew for every page, from all you did so far."
    return ranked_shelf("for-you", "For you", answer, hint=hint)


def for_you_in(category: Category, shopper: CurrentShopper, *, limit: int) -> Shelf:
    """Return what the model ranks first in one category."""
    answer = recommend(
        user_id=shopper.user_id,
        visitor_id=shopper.visitor_id,
        scenario="category",
        only=ProductFilter(category=category.path),
        limit=limit,
        now=timezone.now(),
    )
    return ranked_shelf("for-you", f"For you in {category.name.lower()}", answer)


def to_go_with(product_ids: list[str], shopper: CurrentShopper, *, limit: int) -> Shelf:
    """Return what the model ranks first next to the products of a cart."""
    answer = recommend(
        user_id=shopper.user_id,
        visitor_id=shopper.visitor_id,
        scenario="cart",
        context_product_ids=product_ids,
        limit=limit,
        now=timezone.now(),
    )
    return ranked_shelf("for-you", "Goes with it" if product_ids else "For you", answer)


def similar(product_id: str, *, by: str, limit: int) -> Shelf:
    """Return what is like a product, all branches together or by one of them."""
    answer = similar_products(product_id, by=by, limit=limit, now=timezone.now())
    return ranked_shelf("similar", "Similar", answer, hint=_SIMILAR_HINTS[by])


def bought_with(product_id: str, *, limit: int) -> Shelf:
    """Return what was bought together with a product, and nothing to fill up."""
    answer = bought_together(product_id, limit=limit, now=timezone.now())
    counted = tuple(
        replace(each, contributions={})
        for each in answer.results
        if each.source is Step.BOUGHT_TOGETHER
    )
    hint = "Counted, not learned: what shoppers bought on the same day."
    return ranked_shelf(
        "bought-with", "Bought together", replace(answer, results=counted), hint=hint
    )
