"""What every page of the shop needs around its content."""

from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from catalog.models import Category, Product
from demo import cart
from demo.cards import with_pictures
from demo.current_shopper import CurrentShopper
from demo.generator import NOTICE

PAGE_SIZE = 24


def page(
    request: HttpRequest, shopper: CurrentShopper, template: str, **content: Any
) -> HttpResponse:
    """Render a template inside the shop's frame. Never cached: it belongs to one shopper."""
    frame = {
        "notice": NOTICE,
        "shopper": shopper,
        "sections": Category.objects.filter(parent=None).order_by("name", "id"),
        "num_in_cart": len(cart.product_ids(request)),
    }
    response = render(request, f"demo/{template}.html", frame | content)
    response["Cache-Control"] = "private, no-store"
    return response


def products_of_page(request: HttpRequest, products: QuerySet[Product]) -> Page[Product]:
    """Return the page of products that `?page=` asks for."""
    ordered = with_pictures(products).order_by("title", "id")
    return Paginator(ordered, PAGE_SIZE).get_page(request.GET.get("page"))
