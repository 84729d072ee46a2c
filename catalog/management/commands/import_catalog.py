"""`manage.py import_catalog PATH`: products and their pictures from a file."""

from argparse import ArgumentParser
from collections import Counter
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from catalog.feeds.columns import Columns, parse_mapping
from catalog.feeds.importing import (
    Importer,
    add_feed_arguments,
    run_import,
    summary,
)
from catalog.feeds.pictures import PictureFolder
from catalog.feeds.products import PRODUCT_COLUMNS, ProductBatches, foresee, product_parser
from catalog.feeds.rows import FeedError
from catalog.models import Product

BATCH_SIZE = 1000


class Command(BaseCommand):
    help = "Import products, with pictures by --images; a second run changes nothing twice."

    def add_arguments(self, parser: ArgumentParser) -> None:
        add_feed_arguments(parser)
        parser.add_argument("--images", type=Path, metavar="DIR", help="the folder of pictures")
        parser.add_argument(
            "--fetch-images", action="store_true", help="fetch pictures named by an address"
        )

    def handle(self, *, path: Path, dry_run: bool, **options: Any) -> None:
        try:
            folder = _folder(options["images"])
            batches = ProductBatches(folder, fetch=options["fetch_images"])
            mapped = parse_mapping(options["map"], PRODUCT_COLUMNS)
            columns = Columns(PRODUCT_COLUMNS, mapped=mapped, ignored=options["ignore"])
            importer = Importer(
                what="products",
                model=None if dry_run else Product,
                parse=product_parser(columns),
                write=foresee if dry_run else batches.write,
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
            return
        self.stdout.write(_told(batches.pictures))


def _folder(path: Path | None) -> PictureFolder | None:
    if path is None:
        return None
    if not path.is_dir():
        raise FeedError(f"{path} is not a folder: give --images the folder of pictures.")
    return PictureFolder(path)


def _told(pictures: Counter[str]) -> str:
    told = ", ".join(f"{number:,} {word}" for word, number in pictures.items() if number)
    why = " Why one was rejected is shown at its product." if pictures["rejected"] else ""
    return f"Pictures: {told or 'none named'}.{why}"
