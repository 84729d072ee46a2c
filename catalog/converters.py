"""Ids of the shop in addresses."""

from typing import Any

from django.urls import register_converter
from rest_framework.request import Request
from rest_framework.views import APIView

from catalog.answers import field_errors
from catalog.values import Fields, exact_identifier


class ExternalIdConverter:
    """A shop's own id: dots, spaces, any script, and slashes (sent as %2F).

    A server decodes %2F before anyone can tell it from a slash, so an id may go over
    several segments, up to the word that begins the next part of an address.
    """

    regex = r"[^/]+(?:/(?!(?:images|similar|bought-together|export|recently-viewed)(?:/|$))[^/]+)*"

    def to_python(self, value: str) -> str:
        """Return the id."""
        return value

    def to_url(self, value: str) -> str:
        """Return the id; `reverse` quotes it."""
        return value


register_converter(ExternalIdConverter, "external_id")


class ExternalIdView(APIView):
    """A view whose address holds ids of the shop; what cannot be an id is a 400.

    A body or a file may have blanks around an id, an address that has them names another
    thing than it seems to.
    """

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Check the ids once it is known that the caller may call."""
        super().initial(request, *args, **kwargs)
        ids = Fields({name: value for name, value in kwargs.items() if isinstance(value, str)})
        for name in ids.values:
            ids.read(name, exact_identifier, "")
        with field_errors():
            ids.finish()
