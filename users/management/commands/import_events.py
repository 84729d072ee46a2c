"""`manage.py import_events PATH`: what shoppers did, from a file."""

from argparse import ArgumentParser
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from catalog.feeds.columns import Columns, parse_mapping
from catalog.feeds.importing import (
    Importer,
    add_feed_arguments,
    run_import,
    summary,
)
from catalog.feeds.rows import FeedError
from users.event_feed import EVENT_COLUMNS, event_parser
from users.models import Event, EventKind
from users.services import foresee_events, record_events

BATCH_SIZE = 2000


class Command(BaseCommand):
    help = "Import events; a second run of the same file stores nothing twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_feed_arguments(parser)
        parser.add_argument(
            "--kind", choices=EventKind.values, default="", help="of rows that name no kind"
        )

    def handle(self, *, path: Path, dry_run: bool, kind: str, **options: Any) -> None:
        now = timezone.now()
        try:
            mapped = parse_mapping(options["map"], EVENT_COLUMNS)
            columns = Columns(EVENT_COLUMNS, mapped=mapped, ignored=options["ignore"])
            importer = Importer(
                what="events",
                model=None if dry_run else Event,
                parse=event_parser(columns, default_kind=kind, now=now),
                write=foresee_events if dry_run else partial(record_events, received_at=now),
                batch_size=BATCH_SIZE,
            )
            report = run_import(
                importer, path, encoding=options["encoding"], rejects=options["rejects"]
            )
        except FeedError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(summary(importer, report))
        if dry_run:
            self.stdout.write("Dry run: nothing was written.")
