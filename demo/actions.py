"""What the buttons do: POST only, with a CSRF token, and back to a page of this shop."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from catalog.models import Product
from demo import cart
from demo.acts import record
from demo.current_shopper import SESSION_KEY, CurrentShopper, with_shopper
from demo.people import find_person
from users.models import EventKind

_KINDS: dict[str, tuple[Callable[[HttpRequest, str], None] | None, str]] = {
    EventKind.CART: (cart.put, "In your cart: {title}."),
    EventKind.PURCHASE: (cart.take_out, "Bought: {title}. See how your shop changed."),
    EventKind.LIKE: (None, "You like {title}."),
    EventKind.REMOVE: (cart.take_out, "Taken back: {title}."),
}


@require_POST
@with_shopper
def act(request: HttpRequest, shopper: CurrentShopper, product_id: str) -> HttpResponse:
    """Put into the cart, buy, like, or take back."""
    kind = request.POST.get("kind", "")
    if kind not in _KINDS:
        return HttpResponseBadRequest(f"kind must be one of {', '.join(_KINDS)}")
    product = get_object_or_404(Product.objects.available(), external_id=product_id)
    change_cart, said = _KINDS[kind]
    record(
        shopper,
        product_id,
        EventKind(kind),
        at=timezone.now(),
        recommendation_id=request.POST.get("recommendation_id", ""),
    )
    if change_cart is not None:
        change_cart(request, product_id)
    messages.success(request, said.format(title=product.title))
    return _back(request, reverse("demo:product", args=[product_id]))


@require_POST
@with_shopper
def buy_cart(request: HttpRequest, shopper: CurrentShopper) -> HttpResponse:
    """Buy everything in the cart that is still on sale."""
    in_cart = Product.objects.available().with_external_ids(cart.product_ids(request))
    bought = in_cart.order_by("id").values_list("external_id", flat=True)
    for product_id in bought:
        record(shopper, product_id, EventKind.PURCHASE, at=timezone.now())
    cart.empty(request)
    messages.success(request, f"Bought {len(bought)} product{'' if len(bought) == 1 else 's'}.")
    return redirect("demo:home")


@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Become a simulated shopper. There is no password: nobody real is behind the name."""
    person = find_person(request.POST.get("user_id", ""))
    if person is None:
        messages.error(request, "There is no such shopper.")
        return redirect("demo:people")
    request.session[SESSION_KEY] = person.user_id
    cart.empty(request)
    messages.success(request, f"You are {person.name} now.")
    return _back(request, reverse("demo:home"))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Go on as a visitor."""
    request.session.pop(SESSION_KEY, None)
    cart.empty(request)
    messages.success(request, "You go on as a visitor.")
    return redirect("demo:home")


def _back(request: HttpRequest, otherwise: str) -> HttpResponse:
    """Go back to where the form was, but never to another site."""
    target = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(target if is_ours else otherwise)
