"""What a reader gives: rows, and rows that could not be read."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# Characters or bytes of one line: a few kilobytes of gzip can hold a line of any length.
MAX_LINE_LENGTH = 1024 * 1024


class FeedError(Exception):
    """Nothing of the file can be read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One row by the names the file uses."""

    line: int  # where it is in the file, from 1
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read or taken, as far as it is known."""

    line: int
    reason: str
    raw: Any


Rows = Iterator[FeedRow | BadRow]
