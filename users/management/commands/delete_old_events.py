"""`manage.py delete_old_events --days 730 --dry-run`: the end of old events, by hand."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from users.audit import record_many
from users.models import AuditAction, Event
from users.retention import count_events_before, delete_events_before


class Command(BaseCommand):
    help = "Delete events older than some days. Beat does the same with EVENT_RETENTION_DAYS."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--days",
            type=int,
            default=settings.EVENT_RETENTION_DAYS,
            help="Keep the events of so many days (default: EVENT_RETENTION_DAYS).",
        )
        parser.add_argument("--dry-run", action="store_true", help="Only count them.")

    def handle(self, *, days: int, dry_run: bool, **_: Any) -> None:
        if days < 1:
            raise CommandError("Name --days, or set EVENT_RETENTION_DAYS: 1 or more.")
        moment = timezone.now() - timedelta(days=days)
        if dry_run:
            count = count_events_before(moment)
            self.stdout.write(f"Dry run: {count:,} events before {moment:%F %T} UTC would go.")
            return
        count, which = 0, f"before {moment:%F %T} UTC"
        for deleted in delete_events_before(moment):
            count += deleted
            self.stderr.write(f"{count:,} deleted …")
        if count:
            record_many(AuditAction.DELETE, Event, which, note=f"{count:,} deleted.")
        self.stdout.write(f"{count:,} events {which} deleted.")
