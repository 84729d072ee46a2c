"""Who is looking: a simulated shopper after signing in, else a visitor known by a cookie."""

import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from demo.people import find_person
from users.history import find_shopper
from users.models import Shopper, ShopperKind

VISITOR_COOKIE = "visitor_id"
SESSION_KEY = "shop_user_id"
_ONE_YEAR = 365 * 24 * 60 * 60
_VISITOR_ID = re.compile(r"[0-9a-f-]{36}")

P = ParamSpec("P")


@dataclass(frozen=True)
class CurrentShopper:
    """The shopper of this request, who may not have a row yet."""

    kind: ShopperKind
    external_id: str
    name: str
    likes: str = ""

    @property
    def is_signed_in(self) -> bool:
        """Whether this is a simulated shopper and not a visitor."""
        return self.kind == ShopperKind.CUSTOMER

    @property
    def user_id(self) -> str | None:
        """The id of a simulated shopper, as the API names it."""
        return self.external_id if self.is_signed_in else None

    @property
    def visitor_id(self) -> str | None:
        """The id of a visitor, as the API names it."""
        return None if self.is_signed_in else self.external_id

    def row(self) -> Shopper | None:
        """Return the shopper's row; None before the first event."""
        pk = find_shopper(user_id=self.user_id, visitor_id=self.visitor_id)
        return Shopper.objects.filter(pk=pk).first() if pk else None


ShopperView = Callable[Concatenate[HttpRequest, CurrentShopper, P], HttpResponse]


def with_shopper(view: ShopperView[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Pass the current shopper to a view, and give a new visitor a cookie."""

    @wraps(view)
    def wrapped(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        shopper = _current_shopper(request)
        response = view(request, shopper, *args, **kwargs)
        if not shopper.is_signed_in and VISITOR_COOKIE not in request.COOKIES:
            response.set_cookie(
                VISITOR_COOKIE,
                shopper.external_id,
                max_age=_ONE_YEAR,
                httponly=True,
                samesite="Lax",
                secure=settings.SESSION_COOKIE_SECURE,
            )
        return response

    return wrapped


def _current_shopper(request: HttpRequest) -> CurrentShopper:
    person = find_person(request.session.get(SESSION_KEY, ""))
    if person is not None:
        return CurrentShopper(ShopperKind.CUSTOMER, person.user_id, person.name, person.likes)
    known = request.COOKIES.get(VISITOR_COOKIE, "")
    visitor_id = known if _VISITOR_ID.fullmatch(known) else str(uuid.uuid4())
    return CurrentShopper(ShopperKind.VISITOR, visitor_id, "Visitor")
