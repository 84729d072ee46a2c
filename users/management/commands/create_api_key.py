"""`manage.py create_api_key --name shop --scopes recommend,ingest`: prints the key once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from users.api_keys import create_api_key
from users.models import ApiKeyKind, Scope

SECRET_SCOPES = [scope.value for scope in Scope if scope != Scope.EVENTS]


class Command(BaseCommand):
    help = "Make an API key and print it; only its hash is kept, so it is shown only now."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--name", required=True, help="Who will use it.")
        parser.add_argument(
            "--scopes",
            default=",".join(SECRET_SCOPES),
            help=f"What it may do, with commas (default: {','.join(SECRET_SCOPES)}).",
        )
        parser.add_argument(
            "--publishable", action="store_true", help="For web pages: it only sends events."
        )

    def handle(self, *, name: str, scopes: str, publishable: bool, **_: Any) -> None:
        kind = ApiKeyKind.PUBLISHABLE if publishable else ApiKeyKind.SECRET
        granted = [Scope.EVENTS.value] if publishable else _scopes(scopes)
        key = create_api_key(name=name, kind=kind, scopes=granted)[1]
        self.stdout.write(key)


def _scopes(names: str) -> list[str]:
    scopes = [name.strip() for name in names.split(",") if name.strip()]
    unknown = sorted(set(scopes) - set(Scope.values))
    if unknown or not scopes:
        known = ", ".join(Scope.values)
        raise CommandError(f"--scopes takes {known}; not {', '.join(unknown) or 'nothing'}.")
    return scopes
