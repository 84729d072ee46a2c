"""CSV and TSV, with or without quotes, by comma, tab, semicolon or bar."""

import csv
from itertools import chain
from typing import TextIO

from catalog.feeds.rows import BadRow, FeedError, FeedRow, Rows

DELIMITERS = ",\t;|"
MAX_FIELD_LENGTH = 10 * 1024 * 1024  # a quote that is never closed ends here at the latest


def read_delimited(text: TextIO) -> Rows:
    """Return the rows under the header line.

    Raises:
        FeedError: there is no header line.
    """
    header_line = text.readline()
    if not header_line.strip():
        raise FeedError("The first line is empty: it must name the columns.")
    csv.field_size_limit(MAX_FIELD_LENGTH)
    delimiter = max(DELIMITERS, key=header_line.count)
    records = csv.reader(chain([header_line], text), delimiter=delimiter)
    header = [name.strip() for name in next(records)]
    while True:
        line = records.line_num + 1
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
