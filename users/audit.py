"""The record of who changed what, when, from where."""

from collections.abc import Iterable, Mapping
from typing import Any

from axes.helpers import get_client_ip_address
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.http import HttpRequest
from rest_framework.request import Request

from users.models import ApiKey, AuditAction, AuditChannel, AuditEntry, Shopper, User

Changes = Mapping[str, tuple[str, str]]
ERASED = "an erased shopper"
COMMAND_LINE = "command line"


def record(
    action: AuditAction,
    rows: Iterable[Model],
    *,
    request: HttpRequest | Request | None = None,
    task: str = "",
    changes: Changes | None = None,
    note: str = "",
) -> None:
    """Write one entry for each row.

    Args:
        request: of the admin or the API; None for a command or a task, which have neither.
        task: what acts by itself, for example "the gate"; else it is a command.
        changes: field -> value before and after, in words and without secrets.
        note: what else was said, for example the reason of an override.
    """
    source = _source(request, task)
    AuditEntry.objects.bulk_create(
        AuditEntry(
            **source,
            action=action,
            object_type=row._meta.label_lower,
            object_id=str(row.pk),
            object_name=str(row)[:200],
            changes={name: list(pair) for name, pair in (changes or {}).items()},
            note=note,
        )
        for row in rows
    )


def record_many(
    action: AuditAction,
    model: type[Model],
    which: str,
    *,
    request: HttpRequest | Request | None = None,
    task: str = "",
    note: str,
) -> None:
    """Write one entry for more rows than anybody would read one by one.

    Args:
        which: rows, in words, for example "from products.csv".
        request, task: as in `record`.
        note: what became of them.
    """
    AuditEntry.objects.create(
        **_source(request, task),
        action=action,
        object_type=model._meta.label_lower,
        object_name=which[:200],
        note=note,
    )


def record_act(
    *, request: HttpRequest, action: str, rows: Iterable[Model], changes: Changes, note: str,
    **_: Any
) -> None:  # fmt: skip
    """Hear of what a person did in the admin."""
    record(AuditAction(action), rows, request=request, changes=changes, note=note)


def record_import(*, sender: type[Model], file: str, note: str, **_: Any) -> None:
    """Hear of a file that was imported by a command."""
    record_many(AuditAction.IMPORT, sender, f"from {file}", note=note)


def record_erasure(shopper_pk: int | str, receipt: str, *, request: HttpRequest | Request) -> None:
    """Record an erasure; the entry names no one."""
    AuditEntry.objects.create(
        **_source(request),
        action=AuditAction.ERASE,
        object_type=Shopper._meta.label_lower,
        object_id=str(shopper_pk),
        object_name=ERASED,
        note=receipt,
    )


def forget_shoppers(pks: Iterable[int]) -> None:
    """Take the ids of erased shoppers out of what was recorded before."""
    ids = [str(pk) for pk in pks]
    label = Shopper._meta.label_lower
    AuditEntry.objects.filter(object_type=label, object_id__in=ids).update(object_name=ERASED)
    history = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(Shopper))
    history.filter(object_id__in=ids).update(object_repr=ERASED)


def _source(request: HttpRequest | Request | None, task: str = "") -> dict[str, Any]:
    """Say who acts, and from where."""
    if task:
        return {"actor": task, "channel": AuditChannel.TASK}
    if request is None:
        return {"actor": COMMAND_LINE, "channel": AuditChannel.COMMAND}
    if isinstance(request, Request):
        key = request.auth
        actor = f"key {key}" if isinstance(key, ApiKey) else "unknown key"
        ip_address = get_client_ip_address(request._request)
        return {"actor": actor[:200], "channel": AuditChannel.API, "ip_address": ip_address}
    user = request.user
    return {
        "user": user if isinstance(user, User) else None,
        "actor": user.get_username(),
        "channel": AuditChannel.ADMIN,
        "ip_address": get_client_ip_address(request),
    }
