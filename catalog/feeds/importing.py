"""The loop both imports share: read, check, write in batches, keep the rejects, tell."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from django.db import DatabaseError
from django.db.models import Model
from django.dispatch import Signal

from catalog.feeds.feed import Feed, open_feed
from catalog.feeds.progress import ImportProgress
from catalog.feeds.rejects import RejectFile, reject_path
from catalog.feeds.rows import BadRow, FeedError, FeedRow
from catalog.values import InvalidRowError

Row = TypeVar("Row")

# Sent with the model, the file and what became of its rows, also where an import was cut off; the
# app that keeps the record listens.
imported = Signal()


class Verdict(Protocol):
    """What became of a row, in a word, and why, where it was rejected."""

    @property
    def status(self) -> str:
        """The word."""

    @property
    def reason(self) -> str:
        """What to do about it, or nothing."""


@dataclass(frozen=True, slots=True)
class Importer(Generic[Row]):
    """What is special about one kind of file.

    Attributes:
        what: "products".
        model: of the rows that are written; None in a dry run.
    """

    what: str
    model: type[Model] | None
    parse: Callable[[FeedRow], Row]  # raises InvalidRowError
    write: Callable[[list[Row]], Iterable[Verdict]]  # one for each row
    batch_size: int
    hint: str = "Name the columns by --map FIELD=COLUMN."  # where nothing could be taken


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did."""

    counts: Counter[str]
    first_rejects: list[BadRow]
    rejects_at: Path
    seconds: float


def add_feed_arguments(parser: ArgumentParser) -> None:
    """Add the flags that both imports have."""
    parser.add_argument("path", type=Path, help="CSV, TSV, JSON Lines, Parquet or XML, also .gz")
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="FIELD=COLUMN",
        help="take FIELD from COLUMN; without it, columns are found by their usual names",
    )
    parser.add_argument(
        "--ignore", action="append", default=[], metavar="COLUMN", help="leave a column out"
    )
    parser.add_argument("--encoding", default="utf-8", help="of CSV and TSV (default: utf-8)")
    parser.add_argument("--rejects", type=Path, help="default: PATH.rejects.csv")
    parser.add_argument("--dry-run", action="store_true", help="say what would happen")


def run_import(
    importer: Importer[Row], path: Path, *, encoding: str, rejects: Path | None
) -> ImportReport:
    """Import a file; each batch is one transaction, so an interrupted run is just run again.

    Raises:
        FeedError: nothing of the file could be taken.
    """
    with open_feed(path, encoding=encoding) as feed:
        return import_feed(importer, feed, path, rejects=rejects)


def import_feed(
    importer: Importer[Row], feed: Feed, path: Path, *, rejects: Path | None
) -> ImportReport:
    """Import what is open already, from `path`; raises FeedError as `run_import` does."""
    counts: Counter[str] = Counter()
    reject_file = RejectFile(reject_path(path, rejects))
    with reject_file, ImportProgress(importer.what) as progress:
        try:
            _write_all(importer, feed, counts, reject_file, progress)
        except BaseException as error:  # Ctrl-C too: what was written until then stays
            counts["rejected"] += reject_file.num_rejects
            with suppress(DatabaseError):  # which may be what went wrong; that error is told
                _tell(importer, path, counts, f" Cut off by {type(error).__name__}.")
            raise
    if not counts:
        raise FeedError(_nothing_taken(reject_file, importer.hint))
    counts["rejected"] += reject_file.num_rejects
    _tell(importer, path, counts)
    return ImportReport(counts, reject_file.first, reject_file.path, progress.seconds())


def _write_all(
    importer: Importer[Row],
    feed: Feed,
    counts: Counter[str],
    rejects: RejectFile,
    progress: ImportProgress,
) -> None:
    """Write batch by batch; `counts` says at any time what became of the rows."""
    checked = _checked(feed, importer, rejects)
    while batch := list(islice(checked, importer.batch_size)):
        counts.update(_written(batch, importer, rejects))
        num_done = counts.total() + rejects.num_rejects
        progress.show(fraction=feed.fraction_read(), num_rows=num_done)


def _checked(
    feed: Feed, importer: Importer[Row], rejects: RejectFile
) -> Iterator[tuple[FeedRow, Row]]:
    """Return each good row as the file has it, and checked."""
    for row in feed.rows:
        if isinstance(row, BadRow):
            rejects.add(row)
            continue
        try:
            yield row, importer.parse(row)
        except InvalidRowError as error:
            rejects.add(BadRow(row.line, str(error), row.values))


def _written(
    batch: Sequence[tuple[FeedRow, Row]], importer: Importer[Row], rejects: RejectFile
) -> Iterator[str]:
    """Return what became of each row that was taken."""
    verdicts = importer.write([row for _, row in batch])
    for (sent, _), verdict in zip(batch, verdicts, strict=True):
        if verdict.status == "rejected":
            rejects.add(BadRow(sent.line, verdict.reason, sent.values))
        else:
            yield verdict.status


def _nothing_taken(rejects: RejectFile, hint: str) -> str:
    if not rejects.first:
        return "The file has no rows under its header."
    first = rejects.first[0]
    return (
        f"None of the {rejects.num_rejects:,} rows could be taken. Line {first.line}: "
        f"{first.reason} {hint} All are in {rejects.path}."
    )


def summary(importer: Importer[Any], report: ImportReport) -> str:
    """Return what an import did, in words."""
    total = report.counts.total()
    rate = total / report.seconds
    told = _told(report.counts)
    lines = [f"{total:,} {importer.what} in {report.seconds:.1f} s ({rate:,.0f}/s): {told}."]
    if report.counts["rejected"]:
        lines += [f"  line {row.line}: {row.reason}" for row in report.first_rejects]
        lines.append(f"  All rejects with line and reason: {report.rejects_at}")
    return "\n".join(lines)


def _tell(importer: Importer[Any], path: Path, counts: Counter[str], end: str = "") -> None:
    """Tell whoever keeps the record of changes what an import wrote."""
    if importer.model and counts:
        note = f"{importer.what.capitalize()}: {_told(counts)}.{end}"
        imported.send(sender=importer.model, file=path.name, note=note)


def _told(counts: Counter[str]) -> str:
    return ", ".join(f"{number:,} {word}" for word, number in counts.items() if number)
