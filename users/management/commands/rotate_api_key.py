"""`manage.py rotate_api_key sk_Ab3xY`: prints a key's new secret once."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from users.api_keys import rotate_api_key
from users.audit import record
from users.models import ApiKey, AuditAction


class Command(BaseCommand):
    help = "Give a key a new secret and print it; the one in use works on for a while."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("key", help="The key's name, or the first 8 characters of its secret.")
        parser.add_argument(
            "--overlap-hours",
            type=int,
            default=24,
            help="How long both secrets work (default: 24; 0 ends the old one now).",
        )

    def handle(self, *, key: str, overlap_hours: int, **_: Any) -> None:
        if overlap_hours < 0:
            raise CommandError("--overlap-hours takes 0 or more.")
        rows = ApiKey.objects.filter(name=key) | ApiKey.objects.filter(prefix=key)
        found = list(rows.filter(is_active=True))
        if len(found) != 1:
            known = ", ".join(f"{row.name} ({row.prefix})" for row in found) or "none"
            raise CommandError(f"{len(found)} active keys match {key!r}: {known}. Name one.")
        overlap = timedelta(hours=overlap_hours)
        row, secret = rotate_api_key(found[0].pk, now=timezone.now(), overlap=overlap)
        record(AuditAction.NEW_SECRET, [row], note=f"The old secret works {overlap_hours} h more.")
        self.stderr.write(f"The secret before works until {row.previous_works_until:%F %T} UTC.")
        self.stdout.write(secret)
