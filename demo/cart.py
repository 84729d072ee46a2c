"""What lies in the cart, kept in the session."""

from django.http import HttpRequest

_KEY = "shop_cart"


def product_ids(request: HttpRequest) -> list[str]:
    """Return the ids of the products in the cart, in the order they were put there."""
    return list(request.session.get(_KEY, []))


def put(request: HttpRequest, product_id: str) -> None:
    """Put a product into the cart, once."""
    request.session[_KEY] = [*_without(request, product_id), product_id]


def take_out(request: HttpRequest, product_id: str) -> None:
    """Take a product out of the cart, if it is there."""
    request.session[_KEY] = _without(request, product_id)


def empty(request: HttpRequest) -> None:
    """Take everything out."""
    request.session.pop(_KEY, None)


def _without(request: HttpRequest, product_id: str) -> list[str]:
    return [known for known in product_ids(request) if known != product_id]
