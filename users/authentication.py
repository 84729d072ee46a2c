"""API keys: who calls, and what the key may do."""

import hashlib
import logging
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import DatabaseError, transaction
from django.db.models import Q
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from users.models import ApiKey, ApiKeyKind

if TYPE_CHECKING:  # rest_framework.views imports this module through the settings
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)

LAST_USED_PRECISION = timedelta(minutes=1)  # one write a minute, not one a request


def hash_key(key: str) -> str:
    """Return the hash a key is stored and looked up by.

    A key has 256 random bits, so one SHA-256 is enough: there is nothing to guess. Looking
    up the hash of what was sent leaks nothing of the stored one through timing.
    """
    return hashlib.sha256(key.encode()).hexdigest()


def create_api_key(*, name: str, kind: ApiKeyKind, scopes: list[str]) -> tuple[ApiKey, str]:
    """Store a new key's hash and return the row with the key itself, shown only this once."""
    key = f"{'sk' if kind == ApiKeyKind.SECRET else 'pk'}_{secrets.token_urlsafe(32)}"
    row = ApiKey.objects.create(
        name=name, kind=kind, scopes=scopes, prefix=key[:8], key_hash=hash_key(key)
    )
    return row, key


def _note_use(key: ApiKey, now: datetime) -> None:
    """Note when the key was used; a database that cannot write now must not cost the answer."""
    try:
        with transaction.atomic():
            ApiKey.objects.filter(pk=key.pk).update(last_used_at=now)
    except DatabaseError:
        logger.warning("api_key.use_not_noted", extra={"api_key": key.prefix})


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <key>` names an active key; `request.auth` is its row."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        """Return the key's row, or None without a key; raise 401 for a key that is not valid."""
        words = get_authorization_header(request).decode("latin-1").split()
        if not words:
            return None
        if len(words) != 2 or words[0].lower() != "bearer":
            raise exceptions.AuthenticationFailed("Send the key as `Authorization: Bearer <key>`.")
        now = timezone.now()
        alive = Q(expires_at=None) | Q(expires_at__gt=now)
        key = ApiKey.objects.filter(alive, key_hash=hash_key(words[1]), is_active=True).first()
        if key is None:
            raise exceptions.AuthenticationFailed("The API key is unknown, expired or revoked.")
        if key.last_used_at is None or key.last_used_at < now - LAST_USED_PRECISION:
            _note_use(key, now)
        return None, key

    def authenticate_header(self, request: Request) -> str:
        """Make a missing key a 401 with a challenge, not a 403."""
        return "Bearer"


class HasRequiredScope(BasePermission):
    """The key has one of the view's `required_scopes`; a view that names none is closed."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Compare the key's scopes with the view's; `message` names what is missing."""
        required: tuple[str, ...] = getattr(view, "required_scopes", ())
        self.message = f"This call needs a key with one of these scopes: {', '.join(required)}."
        key = request.auth
        return isinstance(key, ApiKey) and not set(required).isdisjoint(key.scopes)
