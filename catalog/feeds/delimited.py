"""CSV and TSV, with or without quotes, by comma, tab, semicolon or bar."""

import csv
from itertools import chain
from typing import Self, TextIO

from catalog.feeds.rows import MAX_LINE_LENGTH, BadRow, FeedError, FeedRow, Rows

DELIMITERS = ",\t;|"
MAX_FIELD_LENGTH = 10 * 1024 * 1024  # a quote that is never closed ends here at the latest


class _Lines:
    """The lines of a file; one that is too long is read over, piece by piece."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self.number = 0

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        """Return the next line; raise csv.Error, once, for one that is too long."""
        line = self._text.readline(MAX_LINE_LENGTH)
        if not line:
            raise StopIteration
        self.number += 1
        if _is_whole(line):
            return line
        while line and not _is_whole(line):
            line = self._text.readline(MAX_LINE_LENGTH)
        raise csv.Error(f"it is over {MAX_LINE_LENGTH:,} characters")


def _is_whole(line: str) -> bool:
    return len(line) < MAX_LINE_LENGTH or line.endswith(("\n", "\r"))


def read_delimited(text: TextIO) -> Rows:
    """Return the rows under the header line.

    Raises:
        FeedError: there is no header line.
    """
    csv.field_size_limit(MAX_FIELD_LENGTH)
    lines = _Lines(text)
    try:
        header_line = next(lines, "")
        delimiter = max(DELIMITERS, key=header_line.count)
        records = csv.reader(chain([header_line], lines), delimiter=delimiter)
        header = [name.strip() for name in next(records)]
    except csv.Error as error:
        raise FeedError(f"The first line must name the columns: {error}.") from None
    if not header_line.strip():
        raise FeedError("The first line is empty: it must name the columns.")
    while True:
        line = lines.number + 1
        try:
            fields = next(records)
        except StopIteration:
            return
        except csv.Error as error:
            yield BadRow(line, f"The line cannot be read: {error}.", "")
            continue
        if len(fields) == len(header):
            yield FeedRow(line, dict(zip(header, fields, strict=True)))
        elif fields:
            reason = f"{len(fields)} fields under {len(header)} columns: is a quote left open?"
            yield BadRow(line, reason, fields)
