"""The pages one looks at. A product page records that it was looked at."""

from random import Random
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog.models import Category, Product
from demo import answers, cart, shelves
from demo.acts import is_liked, record
from demo.cards import Card, cards_by_id, make_card, money, with_pictures
from demo.current_shopper import CurrentShopper, with_shopper
from demo.pages import PAGE_SIZE, page, products_of_page
from demo.people import search_people
from users.models import EventKind

_ROW = 12
_PARADE = 5
_LEADS = {
    "": "Everybody",
    "looks": "Led by looks",
    "words": "Led by words",
    "circle": "Led by what others do",
    "mix": "A mix",
}


@require_safe
@with_shopper
def home(request: HttpRequest, shopper: CurrentShopper) -> HttpResponse:
    """For you, seen last, trending, and what nobody has touched yet."""
    now = timezone.now()
    popular = shelves.trending(now=now, limit=_ROW)
    seen = shelves.recently_seen(shopper.row(), now=now, limit=_ROW)
    rows = [
        answers.for_you(shopper, limit=_ROW),
        shelves.plain_shelf("seen", "You looked at", seen, is_row=True),
        shelves.plain_shelf("trending", "Popular right now", popular, is_row=True),
        shelves.plain_shelf(
            "new",
            "Just in",
            shelves.never_touched(limit=_ROW),
            hint="Nobody has touched these yet: only their words and pictures speak for them.",
            is_row=True,
        ),
    ]
    content = {"shelves": rows, "parade": _parade(shopper), "has_products": bool(popular)}
    return page(request, shopper, "home", **content)


def _parade(shopper: CurrentShopper) -> list[str]:
    """Return some pictures to greet with, other ones for every shopper."""
    pks = list(Product.objects.available().exclude(images=None).order_by("id").values_list("pk"))
    rng = Random(shopper.external_id)  # noqa: S311 - decoration
    chosen = [pk for (pk,) in rng.sample(pks, k=min(_PARADE, len(pks)))]
    cards = map(make_card, with_pictures(Product.objects.filter(pk__in=chosen)))
    return [card.picture for card in cards if card.picture]


@require_safe
@with_shopper
def category(request: HttpRequest, shopper: CurrentShopper, pk: int) -> HttpResponse:
    """All products of a category and of those below it."""
    shown = get_object_or_404(Category.objects.select_related("parent"), pk=pk)
    below = Q(category=shown) | Q(category__parent=shown)
    found = products_of_page(request, Product.objects.available().filter(below))
    return page(
        request,
        shopper,
        "category",
        category=shown,
        section=shown.parent or shown,
        children=shown.children.order_by("name", "id"),
        page=found,
        shelves=[
            *([answers.for_you_in(shown, shopper, limit=6)] if found.number == 1 else []),
            shelves.plain_shelf("all", f"All {shown.name.lower()}", found),
        ],
    )


@require_safe
@with_shopper
def product(request: HttpRequest, shopper: CurrentShopper, product_id: str) -> HttpResponse:
    """One product, what is like it, and what is for you after having seen it."""
    shown = get_object_or_404(with_pictures(Product.objects.available()), external_id=product_id)
    came_from = request.GET.get("from", "")
    record(shopper, product_id, EventKind.VIEW, at=timezone.now(), recommendation_id=came_from)
    by = request.GET.get("by", "")
    by = by if by in answers.SIMILAR_BY else answers.SIMILAR_BY[0]
    return page(
        request,
        shopper,
        "product",
        card=make_card(shown),
        category=shown.category,
        section=shown.category and (shown.category.parent or shown.category),
        acts=_acts(request, shopper, shown),
        recommendation_id=came_from,
        by=by,
        similar_choices=answers.SIMILAR_BY,
        shelves=[
            answers.similar(product_id, by=by, limit=6),
            answers.bought_with(product_id, limit=6),
            answers.for_you(shopper, limit=6),
        ],
    )


def _acts(request: HttpRequest, shopper: CurrentShopper, shown: Product) -> list[dict[str, str]]:
    is_in_cart = shown.external_id in cart.product_ids(request)
    put = {"kind": "cart", "label": "Add to cart", "style": "secondary"}
    take = {"kind": "remove", "label": "Take out of cart", "style": "secondary"}
    like = {"kind": "like", "label": "♡ Like", "style": "secondary"}
    unlike = {"kind": "remove", "label": "♥ Liked", "style": "secondary"}
    return [
        {"kind": "purchase", "label": "Buy now", "style": "primary"},
        take if is_in_cart else put,
        unlike if is_liked(shopper, shown.pk) else like,
    ]


@require_safe
@with_shopper
def search(request: HttpRequest, shopper: CurrentShopper) -> HttpResponse:
    """Products whose title has all the words."""
    query = request.GET.get("q", "").strip()[:100]
    found = Product.objects.available() if query else Product.objects.none()
    for word in query.split():
        found = found.filter(title__icontains=word)
    results = products_of_page(request, found)
    shelf = shelves.plain_shelf("found", "Results", results)
    return page(
        request,
        shopper,
        "search",
        query=query,
        page=results,
        shelves=[shelf],
        before=_query_string(q=query),
    )


@require_safe
@with_shopper
def show_cart(request: HttpRequest, shopper: CurrentShopper) -> HttpResponse:
    """What lies in the cart, and what goes with it."""
    lines = cards_by_id(cart.product_ids(request))
    return page(
        request,
        shopper,
        "cart",
        lines=lines.values(),
        total=_total(list(lines.values())),
        shelves=[answers.to_go_with(list(lines), shopper, limit=6)],
    )


def _total(lines: list[Card]) -> str:
    prices = [line.product.price for line in lines if line.product.price is not None]
    return money(sum(prices, start=prices[0] * 0), lines[0].product.currency) if prices else ""


@require_safe
@with_shopper
def people(request: HttpRequest, shopper: CurrentShopper) -> HttpResponse:
    """The simulated shoppers one may be."""
    who = request.GET.get("who", "").strip()[:100]
    led_by = request.GET.get("led_by", "")
    shown = Paginator(search_people(who, led_by=led_by), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    return page(
        request,
        shopper,
        "people",
        who=who,
        led_by=led_by,
        leads=_LEADS,
        page=shown,
        before=_query_string(who=who, led_by=led_by),
    )


def _query_string(**values: Any) -> str:
    """Return what the links to other pages keep."""
    kept = {name: value for name, value in values.items() if value}
    return f"{urlencode(kept)}&" if kept else ""
