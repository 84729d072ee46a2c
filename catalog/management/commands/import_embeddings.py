"""`manage.py import_embeddings MODALITY PATH`: vectors that were computed elsewhere."""

from argparse import ArgumentParser
from functools import partial
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.feeds.importing import Importer, import_feed, summary
from catalog.feeds.rows import FeedError
from catalog.feeds.vectors import open_vectors, parse_row, write_rows
from catalog.models import ProductVector
from catalog.vectors import require_sent_modality

BATCH_SIZE = 1000


class Command(BaseCommand):
    help = "Import vectors of products from .npy or .safetensors; a second run changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("modality", help="as FUSION_MODALITIES names it, for example audio")
        parser.add_argument("path", type=Path, help=".npy, or .safetensors with a tensor 'vectors'")
        parser.add_argument(
            "--ids", type=Path, help="product ids as text, line n for row n; .npy needs it"
        )
        parser.add_argument("--rejects", type=Path, help="default: PATH.rejects.csv")
        parser.add_argument("--dry-run", action="store_true", help="say what would happen")

    def handle(self, *, modality: str, path: Path, dry_run: bool, **options: Any) -> None:
        try:
            require_sent_modality(modality)
        except ValueError as error:
            raise CommandError(str(error)) from None
        importer = Importer(
            what=f"{modality} vectors",
            model=None if dry_run else ProductVector,
            parse=partial(parse_row, modality=modality),
            write=partial(write_rows, dry_run=dry_run),
            batch_size=BATCH_SIZE,
            hint="Are these the ids of the shop?",
        )
        try:
            with open_vectors(path, options["ids"]) as feed:
                report = import_feed(importer, feed, path, rejects=options["rejects"])
        except FeedError as error:
            raise CommandError(str(error)) from None
        self.stdout.write(summary(importer, report))
        if dry_run:
            self.stdout.write("Dry run: nothing was written.")
