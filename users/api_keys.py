"""Keys of the API: made, replaced, and found again by what a caller sends."""

import hashlib
import logging
import secrets
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import Q

from users.models import ApiKey, ApiKeyKind

logger = logging.getLogger(__name__)

LAST_USED_PRECISION = timedelta(minutes=1)  # one write a minute, not one a request
# What a process knows of a key is this old at most: a key switched off works no longer.
KNOWN_SECONDS = 1.0
MOST_KNOWN = 10_000
DEFAULT_OVERLAP = timedelta(hours=24)


def hash_key(key: str) -> str:
    """Return the hash a key is stored and looked up by.

    A key has 256 random bits, so one SHA-256 is enough: there is nothing to guess. Looking
    up the hash of what was sent leaks nothing of the stored one through timing.
    """
    return hashlib.sha256(key.encode()).hexdigest()


def _new_secret(kind: str) -> str:
    return f"{'sk' if kind == ApiKeyKind.SECRET else 'pk'}_{secrets.token_urlsafe(32)}"


def create_api_key(
    *,
    name: str,
    kind: ApiKeyKind,
    scopes: list[str],
    allowed_origins: Sequence[str] = (),
    expires_at: datetime | None = None,
    requests_per_minute: int | None = None,
) -> tuple[ApiKey, str]:
    """Store a new key's hash and return the row with the key itself, shown only this once."""
    key = _new_secret(kind)
    row = ApiKey.objects.create(
        name=name,
        kind=kind,
        scopes=scopes,
        allowed_origins=list(allowed_origins),
        expires_at=expires_at,
        requests_per_minute=requests_per_minute,
        prefix=key[:8],
        key_hash=hash_key(key),
    )
    return row, key


@transaction.atomic
def rotate_api_key(
    pk: int, *, now: datetime, overlap: timedelta = DEFAULT_OVERLAP
) -> tuple[ApiKey, str]:
    """Give a key a new secret, shown only this once; the one before works on for `overlap`.

    Name, scopes and limits stay. A secret from before the one before ends at once.

    Raises:
        ApiKey.DoesNotExist: there is no such key.
    """
    row = ApiKey.objects.select_for_update().get(pk=pk)
    key = _new_secret(row.kind)
    row.previous_key_hash, row.previous_works_until = row.key_hash, now + overlap
    row.key_hash, row.prefix = hash_key(key), key[:8]
    row.save(update_fields=["key_hash", "prefix", "previous_key_hash", "previous_works_until"])
    return row, key


def refusal(row: ApiKey, key_hash: str, *, now: datetime) -> str:
    """Return the code that says why the key may not be used now; "" where it may."""
    if not row.is_active:
        return "key_revoked"
    is_replaced = row.previous_key_hash == key_hash
    ends = [row.expires_at, row.previous_works_until if is_replaced else None]
    is_over = any(moment is not None and moment <= now for moment in ends)
    return "key_expired" if is_over else ""


class KnownKeys:
    """Rows by the hash of their secret, read at most once a second by each process.

    Rows are shared between threads: nobody changes or saves them.
    """

    def __init__(self) -> None:
        self._rows: dict[str, tuple[float, ApiKey]] = {}

    def find(self, key_hash: str) -> ApiKey | None:
        """Return the key's row; what nobody was given is looked up every time."""
        read_at, row = self._rows.get(key_hash, (0.0, None))
        if row is not None and time.monotonic() - read_at < KNOWN_SECONDS:
            return row
        asked_at = time.monotonic()
        row = ApiKey.objects.filter(Q(key_hash=key_hash) | Q(previous_key_hash=key_hash)).first()
        if row is None:
            return None
        if len(self._rows) >= MOST_KNOWN:
            self._rows.clear()
        self._rows[key_hash] = asked_at, row
        return row


known_keys = KnownKeys()


def note_use(row: ApiKey, *, now: datetime) -> None:
    """Note when a key was used; a database that cannot write now must not cost the answer."""
    if row.last_used_at is not None and row.last_used_at >= now - LAST_USED_PRECISION:
        return
    row.last_used_at = now  # of the row in memory: the next request need not try again
    try:
        with transaction.atomic():
            ApiKey.objects.filter(pk=row.pk).update(last_used_at=now)
    except DatabaseError:
        logger.warning("api_key.use_not_noted", extra={"api_key": row.prefix})
