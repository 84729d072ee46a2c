"""Who calls, and what the key may do."""

from typing import TYPE_CHECKING

from django.utils import timezone
from rest_framework import exceptions
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from users.api_keys import hash_key, known_keys, note_use, refusal
from users.models import ApiKey
from users.origins import require_allowed_origin

if TYPE_CHECKING:  # rest_framework.views imports this module through the settings
    from rest_framework.views import APIView

REFUSALS = {
    "key_unknown": "There is no such API key.",
    "key_revoked": "The API key was switched off.",
    "key_expired": "The API key has expired, or its secret was replaced.",
}


class KeyRefusedError(exceptions.AuthenticationFailed):
    """The key is not, or no longer, good for anything; the code says why."""

    def __init__(self, code: str) -> None:
        super().__init__(REFUSALS[code], code)


class ApiKeyAuthentication(BaseAuthentication):
    """`Authorization: Bearer <key>` names an active key; `request.auth` is its row."""

    def authenticate(self, request: Request) -> tuple[None, ApiKey] | None:
        """Return the key's row, or None without a key; raise 401 for a key that is not valid."""
        words = get_authorization_header(request).decode("latin-1").split()
        if not words:
            return None
        if len(words) != 2 or words[0].lower() != "bearer":
            raise exceptions.AuthenticationFailed("Send the key as `Authorization: Bearer <key>`.")
        now, key_hash = timezone.now(), hash_key(words[1])
        row = known_keys.find(key_hash)
        if row is None:
            raise KeyRefusedError("key_unknown")
        if code := refusal(row, key_hash, now=now):
            raise KeyRefusedError(code)
        require_allowed_origin(row, request)
        note_use(row, now=now)
        return None, row

    def authenticate_header(self, request: Request) -> str:
        """Make a missing key a 401 with a challenge, not a 403."""
        return "Bearer"


class HasRequiredScope(BasePermission):
    """The key has one of the view's `required_scopes`; a view that names none is closed."""

    code = "scope_missing"

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Compare the key's scopes with the view's; `message` names what is missing."""
        required: tuple[str, ...] = getattr(view, "required_scopes", ())
        self.message = f"This call needs a key with one of these scopes: {', '.join(required)}."
        key = request.auth
        return isinstance(key, ApiKey) and not set(required).isdisjoint(key.scopes)
