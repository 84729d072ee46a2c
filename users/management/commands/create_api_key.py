"""`manage.py create_api_key --name shop --scopes recommend,ingest`: prints the key once."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from users.api_keys import create_api_key
from users.audit import record
from users.models import ApiKeyKind, AuditAction, Scope
from users.origins import normal_origin

SECRET_SCOPES = [scope.value for scope in Scope if scope != Scope.EVENTS]


class Command(BaseCommand):
    help = "Make an API key and print it; only its hash is kept, so it is shown only now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, help="Who will use it.")
        parser.add_argument(
            "--scopes",
            help=f"What it may do, with commas (default: {','.join(SECRET_SCOPES)}).",
        )
        parser.add_argument(
            "--publishable", action="store_true", help="For web pages: it only sends events."
        )
        parser.add_argument(
            "--origins", default="", help="Of a publishable key: its pages' origins, with commas."
        )
        parser.add_argument("--days", type=int, help="It expires after so many days.")
        parser.add_argument("--limit", type=int, help="Calls a minute; 0 is no limit.")

    def handle(
        self, *, name: str, scopes: str | None, publishable: bool, origins: str, **options: Any
    ) -> None:
        if origins and not publishable:
            raise CommandError("--origins needs --publishable: a secret key is no page's.")
        if scopes is not None and publishable:
            raise CommandError("--scopes goes without --publishable: such a key only sends events.")
        days, limit = options["days"], options["limit"]
        for flag, number in (("--days", days), ("--limit", limit)):
            if number is not None and number < 0:
                raise CommandError(f"{flag} takes 0 or more.")
        row, key = create_api_key(
            name=name,
            kind=ApiKeyKind.PUBLISHABLE if publishable else ApiKeyKind.SECRET,
            scopes=[Scope.EVENTS.value] if publishable else _scopes(scopes),
            allowed_origins=_origins(origins),
            expires_at=None if days is None else timezone.now() + timedelta(days=days),
            requests_per_minute=limit,
        )
        record(AuditAction.ADD, [row], changes={"Scopes": ("", ", ".join(row.scopes))})
        self.stdout.write(key)


def _scopes(names: str | None) -> list[str]:
    if names is None:
        return SECRET_SCOPES
    scopes = [name.strip() for name in names.split(",") if name.strip()]
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown or not scopes:
        known = ", ".join(Scope.values)
        raise CommandError(f"--scopes takes {known}; not {', '.join(unknown) or 'nothing'}.")
    return scopes


def _origins(names: str) -> list[str]:
    try:
        return [normal_origin(name) for name in names.split(",") if name.strip()]
    except ValueError as error:
        raise CommandError(f"--origins: {error}") from None
