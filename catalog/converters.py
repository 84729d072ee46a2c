"""Ids of the shop in addresses."""

from django.urls import register_converter


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
