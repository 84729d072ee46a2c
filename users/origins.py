"""Which web pages may use a publishable key."""

import re
import time
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from rest_framework import exceptions

from users.models import ApiKey, ApiKeyKind

KNOWN_SECONDS = 1


class OriginRefusedError(exceptions.PermissionDenied):
    """The page that calls is not of an origin that the key was made for."""

    default_code = "origin_not_allowed"


def normal_origin(text: str) -> str:
    """Return an origin as browsers send it: `https://shop.example`, lower case, no path.

    Raises:
        ValueError: saying what to send instead.
    """
    parts = urlsplit(text.strip().lower())
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path not in ("", "/"):
        raise ValueError(f"{text[:80]!r} is no origin: send https://shop.example.com.")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError(f"{text[:80]!r} is more than an origin: send https://shop.example.com.")
    return f"{parts.scheme}://{parts.netloc}"


def require_allowed_origin(row: ApiKey, request: HttpRequest) -> None:
    """Raise OriginRefusedError where a page of a foreign origin uses a publishable key.

    Only browsers tell an origin, so this keeps other shops' pages out, not other programs.
    """
    origin = request.headers.get("Origin")
    if origin is None or row.kind != ApiKeyKind.PUBLISHABLE:
        return
    own = f"{request.scheme}://{request.get_host()}"
    if origin not in (own, *row.allowed_origins, *settings.CORS_ALLOWED_ORIGINS):
        raise OriginRefusedError(f"This key does not work on pages of {origin[:100]}.")


@lru_cache(maxsize=1)
def _listed(_second: int) -> frozenset[str]:
    """Origins of all keys that work; read at most once a second by each process."""
    rows = ApiKey.objects.filter(kind=ApiKeyKind.PUBLISHABLE, is_active=True)
    return frozenset(
        each for origins in rows.values_list("allowed_origins", flat=True) for each in origins
    )


def is_listed(sender: Any, request: HttpRequest, **_: Any) -> bool:
    """Tell the CORS middleware whether some key lists the page's origin.

    A browser asks before it sends the key, so which key it is cannot be known here.
    """
    origin = request.headers.get("Origin")
    if origin is None or not re.match(settings.CORS_URLS_REGEX, request.path_info):
        return False
    return origin in _listed(int(time.monotonic() / KNOWN_SECONDS))
