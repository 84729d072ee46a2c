"""JSON Lines, and a JSON array for small files."""

from collections.abc import Iterator
from typing import IO, Any

import orjson

from catalog.feeds.rows import MAX_LINE_LENGTH, BadRow, FeedError, FeedRow, Rows

MAX_ARRAY_LENGTH = 64 * 1024 * 1024  # bytes
START_LENGTH = 200  # bytes kept of a line that is too long


def read_json_lines(stream: IO[bytes]) -> Rows:
    """Return one row for each line that is not blank; a line that is too long is read over."""
    for number, line in enumerate(_lines(stream), start=1):
        if _is_cut(line):
            reason = f"The line is over {MAX_LINE_LENGTH:,} bytes: is a line break missing?"
            yield BadRow(number, reason, line[:START_LENGTH].decode(errors="replace"))
            continue
        if not line.strip():
            continue
        try:
            yield _row(number, orjson.loads(line))
        except orjson.JSONDecodeError as error:
            yield BadRow(number, f"The line is not JSON: {error}.", line.decode(errors="replace"))


def _lines(stream: IO[bytes]) -> Iterator[bytes]:
    """Return the lines; one that is too long is cut a byte over the limit."""
    while line := stream.readline(MAX_LINE_LENGTH + 1):
        yield line
        while _is_cut(line):
            line = stream.readline(MAX_LINE_LENGTH + 1)


def _is_cut(line: bytes) -> bool:
    return len(line) > MAX_LINE_LENGTH and not line.endswith(b"\n")


def read_json_array(stream: IO[bytes]) -> Rows:
    """Return the objects of an array, numbered from 1; the whole file is held in memory.

    Raises:
        FeedError: the file is not JSON, or too large to hold.
    """
    body = stream.read(MAX_ARRAY_LENGTH + 1)
    if len(body) > MAX_ARRAY_LENGTH:
        raise FeedError(f"The array is over {MAX_ARRAY_LENGTH:,} bytes: send JSON Lines.")
    try:
        items = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise FeedError(f"The file is not JSON: {error}.") from None
    for number, item in enumerate(items, start=1):
        yield _row(number, item)


def _row(number: int, item: Any) -> FeedRow | BadRow:
    if isinstance(item, dict):
        return FeedRow(number, item)
    return BadRow(number, f"An object is needed, not {type(item).__name__}.", item)
